/** URDF files: what they say is read, and what is wrong with them is said with its line. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SinewError } from '../../src/core/error.js';
import { loadUrdf, parseUrdf } from '../../src/description/urdf_parser.js';
import { MAX_XML_BYTES } from '../../src/description/xml_document.js';
import { chains, chainUrdf, repositoryFile } from './robots.js';

fc.configureGlobal({ seed: 20 });

function refusal(xml: string): string {
  try {
    parseUrdf(xml, 'arm.urdf');
  } catch (error) {
    expect(error).toBeInstanceOf(SinewError);
    return error instanceof Error ? error.message : '';
  }
  throw new Error('was accepted');
}

const LIMIT = '<limit lower="-1" upper="1" velocity="2" effort="3"/>';
const joint = (name: string, parent: string, child: string, inside = LIMIT, type = 'revolute') =>
  `<joint name="${name}" type="${type}">
<parent link="${parent}"/>
<child link="${child}"/>
${inside}
</joint>`;
/** Links a, b, c on lines 2 to 4; `rest` begins on line 5. */
const robot = (rest: string) =>
  `<robot name="arm">\n<link name="a"/>\n<link name="b"/>\n<link name="c"/>\n${rest}\n</robot>`;
const sound = robot(`${joint('j', 'a', 'b')}\n${joint('k', 'b', 'c')}`);

describe('a URDF file', () => {
  it('is read with links, joints, limits, dynamics and mimicry', () => {
    const xml = robot(
      `${joint('k', 'b', 'c', `<axis xyz="0 0 -2"/><mimic joint="j" multiplier="-1"/>${LIMIT}`)}
       ${joint('j', 'a', 'b', `<origin xyz="1 2 3" rpy="0.1 0.2 0.3"/>${LIMIT}<dynamics damping="0.6" friction="0.1"/>`)}
       <transmission name="t"><joint name="j"/></transmission>`,
    );
    const arm = parseUrdf(xml, 'arm.urdf');
    expect(arm.root).toBe('a');
    expect([...arm.links.keys()]).toEqual(['a', 'b', 'c']);
    expect([...arm.joints.keys()]).toEqual(['j', 'k']); // from the root outwards
    expect(arm.joints.get('j')).toMatchObject({
      type: 'revolute',
      origin: { xyz: [1, 2, 3], rpy: [0.1, 0.2, 0.3] },
      axis: [1, 0, 0],
      limit: { lower: -1, upper: 1, velocity: 2, effort: 3 },
      damping: 0.6,
      friction: 0.1,
      mimic: undefined,
    });
    expect(arm.joints.get('k')).toMatchObject({
      axis: [0, 0, -1],
      mimic: { joint: 'j', multiplier: -1, offset: 0 },
      line: 5,
    });
  });

  it('is read with shapes, colours and inertia', () => {
    const xml = `<robot name="arm">
      <material name="red"><color rgba="1 0 0 0.5"/></material>
      <link name="a">
        <inertial><mass value="2"/><inertia ixx="1" iyy="2" izz="3" ixy="0.1" ixz="0" iyz="0"/></inertial>
        <visual name="v"><geometry><box size="1 2 3"/></geometry><material name="red"/></visual>
        <visual><geometry><mesh filename="m.stl" scale="0.1 0.1 0.1"/></geometry></visual>
        <collision><origin xyz="0 0 1"/><geometry><cylinder radius="1" length="2"/></geometry></collision>
        <collision><geometry><sphere radius="4"/></geometry></collision>
        <collision><geometry><capsule radius="1" length="5"/></geometry></collision>
      </link></robot>`;
    const link = parseUrdf(xml, 'arm.urdf').links.get('a');
    expect(link?.inertial).toMatchObject({ mass: 2, inertia: { iyy: 2, ixy: 0.1 } });
    expect(link?.visuals).toEqual([
      {
        name: 'v',
        origin: { xyz: [0, 0, 0], rpy: [0, 0, 0] },
        geometry: { type: 'box', size: [1, 2, 3] },
        color: [1, 0, 0, 0.5],
      },
      {
        name: undefined,
        origin: { xyz: [0, 0, 0], rpy: [0, 0, 0] },
        geometry: { type: 'mesh', filename: 'm.stl', scale: [0.1, 0.1, 0.1] },
        color: undefined,
      },
    ]);
    expect(link?.collisions.map((shape) => shape.geometry)).toEqual([
      { type: 'cylinder', radius: 1, length: 2 },
      { type: 'sphere', radius: 4 },
      { type: 'capsule', radius: 1, length: 5 },
    ]);
  });

  it('accepts any chain of joints, with Windows line ends and a byte-order mark too', () => {
    fc.assert(
      fc.property(chains, (joints) => {
        const xml = chainUrdf(joints);
        const one = parseUrdf(xml, 'f');
        expect(one.joints.size).toBe(joints.length);
        const two = parseUrdf(`\uFEFF${xml.replaceAll('\n', '\r\n')}`, 'f');
        expect(two).toEqual(one);
      }),
    );
  });
});

describe('a malformed URDF file is refused with its line:', () => {
  it('the file that these cases vary is accepted', () => {
    expect(parseUrdf(sound, 'arm.urdf').joints.size).toBe(2);
  });

  it.each<[string, string, RegExp]>([
    ['nothing', '', /^arm\.urdf:1: malformed XML/],
    ['no XML', 'robot: arm', /^arm\.urdf:1: malformed XML/],
    [
      'an open element',
      '<robot name="a">\n<link name="b">\n</robot>',
      /^arm\.urdf:3: malformed XML/,
    ],
    [
      'a broken attribute',
      '<robot name="a">\n<link name="b/>\n</robot>',
      /^arm\.urdf:\d: malformed/,
    ],
    ['two root elements', '<robot name="a"/>\n<robot name="b"/>', /^arm\.urdf:2: /],
    [
      'another root element',
      '\n<sdf name="a"/>',
      /^arm\.urdf:2: root element <sdf>; expected <robot>/,
    ],
    ['no link', '<robot name="a">\n</robot>', /^arm\.urdf:1: the robot has no link/],
    ['no name', '<robot><link name="a"/></robot>', /^arm\.urdf:1: <robot> has no name/],
    ['a link twice', robot('<link name="b"/>'), /^arm\.urdf:5: a second <link name="b">/],
    [
      'a joint twice',
      robot(`${joint('j', 'a', 'b')}\n${joint('j', 'b', 'c')}`),
      /^arm\.urdf:10: a second <joint name="j">/,
    ],
    [
      'an unknown parent',
      robot(joint('j', 'x', 'b')),
      /^arm\.urdf:5: parent link "x" of joint "j" does not exist; expected one of a, b, c/,
    ],
    [
      'an unknown child',
      robot(joint('j', 'a', 'y')),
      /^arm\.urdf:5: child link "y" of joint "j" does not exist/,
    ],
    [
      'no parent',
      robot('<joint name="j" type="fixed">\n<child link="b"/></joint>'),
      /^arm\.urdf:5: <joint name="j"> has no <parent>/,
    ],
    ['two roots', robot(joint('j', 'a', 'b')), /^arm\.urdf:4: 2 root links: a, c/],
    [
      'two parents',
      robot(`${joint('j', 'a', 'b')}\n${joint('k', 'c', 'b')}`),
      /^arm\.urdf:10: link "b" is the child of both "j" and "k"/,
    ],
    [
      'a cycle',
      robot(`${joint('j', 'b', 'c')}\n${joint('k', 'c', 'b')}`),
      /^arm\.urdf:5: joint "j" is part of, or hangs on, a cycle/,
    ],
    [
      'only a cycle',
      `<robot name="r"><link name="a"/>\n${joint('j', 'a', 'a')}</robot>`,
      /^arm\.urdf:2: joint "j" is part of, or hangs on, a cycle/,
    ],
    [
      'an unknown joint type',
      robot(joint('j', 'a', 'b', '', 'floating')),
      /^arm\.urdf:5: joint "j" is of type "floating"; expected one of revolute/,
    ],
    [
      'no limits',
      robot(joint('j', 'a', 'b', '')),
      /^arm\.urdf:5: <joint name="j"> \(revolute\) has no <limit>/,
    ],
    [
      'no upper limit',
      robot(joint('j', 'a', 'b', '<limit lower="0" velocity="1" effort="1"/>')),
      /^arm\.urdf:8: <limit> has no upper/,
    ],
    [
      'no velocity limit',
      robot(joint('j', 'a', 'b', '<limit lower="0" upper="1" effort="1"/>')),
      /^arm\.urdf:8: <limit> has no velocity/,
    ],
    [
      'inverted limits',
      robot(joint('j', 'a', 'b', '<limit lower="1" upper="-1" velocity="1" effort="1"/>')),
      /^arm\.urdf:8: limits of <joint name="j"> are inverted: lower 1, upper -1/,
    ],
    [
      'equal limits',
      robot(joint('j', 'a', 'b', '<limit lower="0" upper="0" velocity="1" effort="1"/>')),
      /^arm\.urdf:8: limits .* inverted/,
    ],
    [
      'a negative velocity limit',
      robot(joint('j', 'a', 'b', '<limit lower="0" upper="1" velocity="-1" effort="1"/>')),
      /^arm\.urdf:8: velocity="-1" of <limit>; expected a number of at least 0/,
    ],
    [
      'an infinite limit',
      robot(joint('j', 'a', 'b', '<limit lower="-inf" upper="1" velocity="1" effort="1"/>')),
      /^arm\.urdf:8: lower="-inf" of <limit> is not a finite number/,
    ],
    [
      'a limit that overflows',
      robot(joint('j', 'a', 'b', '<limit lower="0" upper="1e999" velocity="1" effort="1"/>')),
      /^arm\.urdf:8: upper="1e999" of <limit> is not a finite number/,
    ],
    [
      'not a number in an origin',
      robot(joint('j', 'a', 'b', `${LIMIT}<origin xyz="0 nan 0"/>`)),
      /^arm\.urdf:8: xyz="0 nan 0" of <origin>; expected 3 finite numbers/,
    ],
    [
      'two numbers in an origin',
      robot(joint('j', 'a', 'b', `${LIMIT}<origin rpy="0 0"/>`)),
      /^arm\.urdf:8: rpy="0 0" of <origin>; expected 3 finite numbers/,
    ],
    [
      'an unexpanded macro',
      robot(joint('j', 'a', 'b', `${LIMIT}<origin xyz="\${x} 0 0"/>`)),
      /^arm\.urdf:8: xyz=/,
    ],
    [
      'an axis without direction',
      robot(joint('j', 'a', 'b', `<axis xyz="0 0 0"/>${LIMIT}`)),
      /^arm\.urdf:8: axis "0 0 0" of <joint name="j">; expected a direction/,
    ],
    [
      'two origins',
      robot(joint('j', 'a', 'b', `${LIMIT}<origin/>\n<origin/>`)),
      /^arm\.urdf:9: a second <origin>/,
    ],
    [
      'mimicry of nothing',
      robot(joint('j', 'a', 'b', `${LIMIT}<mimic joint="z"/>`)),
      /^arm\.urdf:5: joint "j" mimics "z"/,
    ],
    [
      'mimicry of itself',
      robot(joint('j', 'a', 'b', `${LIMIT}<mimic joint="j"/>`)),
      /^arm\.urdf:5: joint "j" mimics "j"/,
    ],
    [
      'a shape without extent',
      robot(
        '<link name="d"><collision><geometry>\n<box size="1 0 1"/></geometry></collision></link>',
      ),
      /^arm\.urdf:6: box size 1 0 1/,
    ],
    [
      'a negative radius',
      robot('<link name="d"><visual><geometry>\n<sphere radius="-1"/></geometry></visual></link>'),
      /^arm\.urdf:6: radius="-1" of <sphere>; expected a number above 0/,
    ],
    [
      'an unknown shape',
      robot('<link name="d"><visual><geometry>\n<cone/></geometry></visual></link>'),
      /^arm\.urdf:6: unknown shape <cone>/,
    ],
    [
      'two shapes in one',
      robot(
        '<link name="d"><visual><geometry>\n<sphere radius="1"/><sphere radius="1"/></geometry></visual></link>',
      ),
      /^arm\.urdf:5: <geometry> holds 2 shapes/,
    ],
    [
      'a negative mass',
      robot(
        '<link name="d"><inertial>\n<mass value="-1"/><inertia ixx="1" iyy="1" izz="1"/></inertial></link>',
      ),
      /^arm\.urdf:6: value="-1" of <mass>/,
    ],
  ])('%s', (_, xml, expected) => {
    expect(refusal(xml)).toMatch(expected);
  });
});

describe('a hostile URDF file is refused:', () => {
  it.each<[string, string, RegExp]>([
    [
      'a document type',
      `<?xml version="1.0"?>\n<!DOCTYPE robot>\n${sound}`,
      /^arm\.urdf:2: <!DOCTYPE is not allowed/,
    ],
    [
      'nested entities',
      `<!DOCTYPE r [\n<!ENTITY a "ha">\n<!ENTITY b "&a;&a;&a;&a;&a;">]>\n<robot name="&b;"/>`,
      /^arm\.urdf:1: <!DOCTYPE is not allowed/,
    ],
    [
      'an entity of a file',
      `<!doctype r [<!ENTITY f SYSTEM "file:///etc/passwd">]>\n<robot name="&f;"/>`,
      /^arm\.urdf:1: <!doctype is not allowed/,
    ],
    [
      'an entity reference',
      '<robot name="a">\n<link name="&x;"/></robot>',
      /^arm\.urdf:2: an entity reference/,
    ],
    [
      'a character reference',
      '<robot name="a">\n<link name="&#65;"/></robot>',
      /^arm\.urdf:2: an entity reference/,
    ],
    [
      'nesting without end',
      `${'<a>'.repeat(50_000)}${'</a>'.repeat(50_000)}`,
      /^arm\.urdf:1: malformed XML: .*nest/i,
    ],
  ])('%s', (_, xml, expected) => {
    expect(refusal(xml)).toMatch(expected);
  });

  it('one above 5 MB, as text and as a file that is then not even read', () => {
    const padding = `<!--${'x'.repeat(MAX_XML_BYTES)}-->`;
    expect(refusal(sound.replace('<link', `${padding}<link`))).toMatch(
      /^arm\.urdf:1: the file is too large \(\d+ bytes\); expected at most 5000000 bytes/,
    );
    const folder = mkdtempSync(join(tmpdir(), 'sinew-urdf-'));
    try {
      const file = join(folder, 'huge.urdf');
      writeFileSync(file, padding);
      expect(() => loadUrdf(file)).toThrow(/huge\.urdf: .*too large/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('a missing file, by name', () => {
    expect(() => loadUrdf('/nowhere/arm.urdf')).toThrow(/^\/nowhere\/arm\.urdf: cannot read/);
  });

  it('never with anything but a one-line error, however the text is damaged', () => {
    const damage = fc.record({
      at: fc.nat(sound.length),
      remove: fc.nat(30),
      insert: fc.oneof(
        fc.constantFrom('<', '>', '"', '/', '&', '<!--', '-->', '<![CDATA[', '<?', 'NaN', '\0'),
        fc.string({ maxLength: 5 }),
      ),
    });
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 3 }), (changes) => {
        let text = sound;
        for (const { at, remove, insert } of changes) {
          text = text.slice(0, at) + insert + text.slice(at + remove);
        }
        try {
          parseUrdf(text, 'arm.urdf');
        } catch (error) {
          expect(error).toBeInstanceOf(SinewError);
          expect((error as Error).message).toMatch(/^arm\.urdf:\d+: [^\n]+$/);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the URDF of this repository', () => {
  it('has the links and joints of an SO-101', () => {
    const arm = loadUrdf(repositoryFile('urdf/so101.urdf'));
    expect(arm.root).toBe('base_link');
    const movable = [...arm.joints.values()].filter((item) => item.type !== 'fixed');
    expect(movable.map((item) => item.name)).toEqual([
      'shoulder_pan',
      'shoulder_lift',
      'elbow_flex',
      'wrist_flex',
      'wrist_roll',
      'gripper',
    ]);
    for (const item of movable) {
      expect(item.limit).toMatchObject({ velocity: 4.71, effort: 2.94 });
    }
  });
});
