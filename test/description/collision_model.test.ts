/** Which links are kept apart, and the model that the filter is given. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CollisionModel, collisionModel } from '../../src/description/collision_model.js';
import { loadRobot } from '../../src/description/robot.js';
import { repositoryFile } from './robots.js';

const shape = (radius: number, z = 0) =>
  `<collision><origin xyz="0 0 ${z}"/><geometry><sphere radius="${radius}"/></geometry></collision>`;
const link = (name: string, shapes = shape(0.05)) => `<link name="${name}">${shapes}</link>`;
const joint = (name: string, type: string, parent: string, child: string, xyz: string) =>
  `<joint name="${name}" type="${type}"><parent link="${parent}"/><child link="${child}"/>
   <origin xyz="${xyz}"/><axis xyz="0 1 0"/>
   <limit lower="-2" upper="2" velocity="2" effort="5"/></joint>`;

/**
 * floor – base ~ one ~ two – plate ~ three ~ hand, and a post on the base: ~ is a joint, – is fixed.
 * Straight up, links 0.2 m apart, a sphere of 0.05 m each; the hand has two, one of them in `two`.
 */
const URDF = `<robot name="tower">
${link('floor', '')}${link('base')}${link('post')}${link('one')}${link('two')}${link('plate')}
${link('three')}${link('hand', shape(0.03, -0.4) + shape(0.03, 0.2))}
${joint('stand', 'fixed', 'floor', 'base', '0 0 0')}
${joint('mount', 'fixed', 'base', 'post', '0 0.3 0.2')}
${joint('j1', 'revolute', 'base', 'one', '0 0 0.2')}
${joint('j2', 'revolute', 'one', 'two', '0 0 0.2')}
${joint('weld', 'fixed', 'two', 'plate', '0 0.1 0')}
${joint('j3', 'revolute', 'plate', 'three', '0 -0.1 0.2')}
${joint('j4', 'revolute', 'three', 'hand', '0 0 0.2')}
</robot>`;
const CONFIG = `name: tower
urdf: tower.urdf
base_link: base
tool_link: hand
joints: [j1, j2, j3, j4]
limits: {j1: &l {acceleration: 5, jerk: 50}, j2: *l, j3: *l, j4: *l}
home: {j1: 0, j2: 0, j3: 0, j4: 0}
`;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sinew-model-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function load(collision = '', urdf = URDF, config = CONFIG) {
  writeFileSync(join(folder, 'tower.urdf'), urdf);
  const file = join(folder, 'tower.yaml');
  writeFileSync(file, collision === '' ? config : `${config}collision: ${collision}\n`);
  return loadRobot(file);
}

/** Pairs of links that are checked, in alphabetic order. */
function checked({ capsules, pairs }: CollisionModel): string[] {
  const links = pairs.map(({ first, second }) =>
    [capsules[first]?.link, capsules[second]?.link].sort().join(' '),
  );
  return [...new Set(links)].sort();
}

const allowed = (model: CollisionModel) =>
  Object.fromEntries(model.allowed.map(({ links, why }) => [links.toSorted().join(' '), why]));

const CHECKED = [
  'base hand',
  'base plate',
  'base three',
  'base two',
  'hand one',
  'hand plate',
  'hand post',
  'hand two',
  'one post',
  'one three',
  'plate post',
  'post three',
  'post two',
];

describe('the pairs of a collision model', () => {
  it('are all but those of rigid links, of neighbours, and those that touch at rest', () => {
    const model = collisionModel(load());
    expect(checked(model)).toEqual(CHECKED);
    expect(allowed(model)).toEqual({
      'base one': 'neighbours',
      'one two': 'neighbours',
      'one plate': 'neighbours',
      'three two': 'neighbours',
      'plate three': 'neighbours',
      'hand three': 'neighbours',
      'hand two': '1 of their capsule pairs overlap by up to 80.0 mm at the rest pose',
    });
    const hand = model.pairs.filter(({ first, second }) =>
      [first, second].every((i) => ['hand', 'two'].includes(model.capsules[i]?.link ?? '')),
    );
    expect(hand).toHaveLength(1);
  });

  it('leave out what is so near at rest that its margin could not be kept', () => {
    const near = URDF.replace(link('plate'), link('plate', shape(0.067)));
    const model = collisionModel(load('', near));
    expect(allowed(model)['hand plate']).toBe(
      '1 of their capsule pairs are only 3.0 mm apart at the rest pose',
    );
    const far = URDF.replace(link('plate'), link('plate', shape(0.063)));
    expect(allowed(collisionModel(load('', far)))['hand plate']).toBeUndefined();
  });

  it('are measured at the home pose', () => {
    const folded = CONFIG.replace('j3: 0, j4: 0}', 'j3: 0, j4: 1.6}');
    const model = collisionModel(load('', URDF, folded));
    expect(allowed(model)['hand two']).toBeUndefined();
  });

  it('can be taken away and added by link names, in either order', () => {
    const model = collisionModel(
      load('{ignore: [[three, base]], check: [[one, base], [two, hand]]}'),
    );
    const expected = [...CHECKED.filter((pair) => pair !== 'base three'), 'base one'].sort();
    expect(checked(model)).toEqual(expected);
    expect(allowed(model)['base three']).toBe('the settings ignore them');
    expect(allowed(model)['hand two']).toBeUndefined();
  });

  it.each([
    [
      '{ignore: [[base, tail]]}',
      /tower\.yaml: collision\.ignore: link "tail" does not exist; expected one of base, post, one/,
    ],
    ['{check: [[floor, one]]}', /tower\.yaml: collision\.check: link "floor" does not exist/],
    [
      '{ignore: [[base, two]], check: [[two, base]]}',
      /tower\.yaml: collision\.check: links "two" and "base" are to be both ignored and checked/,
    ],
    [
      '{check: [[two, plate]]}',
      /tower\.yaml: collision\.check: no joint moves links "two" and "plate" against each other/,
    ],
    ['{check: [[two, two]]}', /no joint moves links "two" and "two" against each other/],
  ])('are refused with the reason for %s', (collision, reason) => {
    const robot = load(collision);
    expect(() => collisionModel(robot)).toThrow(reason);
  });

  it('do not take two arms on one table for neighbours', () => {
    const model = collisionModel(loadRobot(repositoryFile('config/so101_pair.yaml')));
    expect(checked(model)).toContain('left_base_link right_shoulder_link');
    expect(checked(model)).toContain('left_gripper_link right_gripper_link');
    expect(allowed(model)['left_base_link left_shoulder_link']).toBe('neighbours');
  });
});

describe('a collision model', () => {
  it('is plain data that survives the way to another thread', () => {
    const model = collisionModel(load(), [
      { name: 'table', type: 'half_space', normal: [0, 0, 1], offset: -0.1 },
    ]);
    expect(structuredClone(model)).toEqual(model);
    expect(model).toMatchObject({ joints: ['j1', 'j2', 'j3', 'j4'], base: 'base', fixed: {} });
    for (const { reach } of [...model.pairs, ...model.scene]) expect(reach).toHaveLength(4);
  });

  it('follows the settings of capsules', () => {
    const model = collisionModel(load('{capsules_per_link: 1, padding: 0.01}'));
    expect(model.capsules.filter(({ link }) => link === 'hand')).toHaveLength(1);
    expect(model.capsules.find(({ link }) => link === 'one')?.radius).toBeCloseTo(0.06, 9);
  });

  it('bounds rates by the distance of either side from the joint', () => {
    const model = collisionModel(load());
    const pair = model.pairs.find(({ first, second }) =>
      ['base', 'two'].every((link, i) => model.capsules[[first, second][i] ?? 0]?.link === link),
    );
    // About j1, 0.2 m above the base's sphere and as far below that of `two`; j3 and j4 move neither.
    expect(pair?.reach).toEqual([expect.closeTo(0.2, 9), expect.closeTo(0, 9), 0, 0]);
  });

  it('keeps the scene from all links that move, or from those that it names', () => {
    const ball = { type: 'sphere', center: [0.5, 0, 0.3], radius: 0.1 } as const;
    const model = collisionModel(load(), [
      { name: 'ball', ...ball },
      { name: 'other', ...ball, links: ['hand', 'one'] },
    ]);
    const links = (name: string) =>
      model.scene
        .filter(({ shape }) => shape.name === name)
        .map(({ capsule }) => model.capsules[capsule]?.link);
    expect(links('ball')).toEqual(['one', 'two', 'plate', 'three', 'hand', 'hand']);
    expect(links('other')).toEqual(['one', 'hand', 'hand']);
  });

  it('has no pairs when the robot’s links are not to be kept apart', () => {
    const model = collisionModel(load('{self: false}'), [
      { name: 'table', type: 'half_space', normal: [0, 0, 1], offset: -0.1 },
    ]);
    expect(model.pairs).toEqual([]);
    expect(model.scene).toHaveLength(6);
  });

  it('needs no shapes where nothing is to be kept apart', () => {
    const mesh = '<collision><geometry><mesh filename="a.stl"/></geometry></collision>';
    const urdf = URDF.replace(link('one'), link('one', mesh));
    expect(collisionModel(load('{self: false}', urdf))).toMatchObject({ capsules: [], pairs: [] });
    const robot = load('', urdf);
    expect(() => collisionModel(robot)).toThrow(/a\.stl of link "one"/);
  });

  it.each([
    [
      { name: 's', type: 'sphere', center: [0, 0, 0], radius: 0.1, links: ['post'] },
      /^scene shape "s": link "post" does not exist or does not move; expected some of one, two/,
    ],
    [
      { name: 's', type: 'sphere', center: [0, 0, 0], radius: 0 },
      /^scene shape "s": size is 0; expected numbers above 0/,
    ],
    [
      { name: 'b', type: 'box', center: [0, 0, 0], size: [1, -1, 1], rpy: [0, 0, 0] },
      /^scene shape "b": size is 1, -1, 1; expected numbers above 0/,
    ],
    [
      { name: 'b', type: 'box', center: [0, NaN, 0], size: [1, 1, 1], rpy: [0, 0, 0] },
      /^scene shape "b": .*NaN.* not all finite numbers/,
    ],
    [
      { name: 'h', type: 'half_space', normal: [0, 0, 2], offset: 0 },
      /^scene shape "h": normal has length 2; expected a unit vector/,
    ],
  ] as const)('is refused for a scene with %j', (bad, reason) => {
    const robot = load();
    expect(() => collisionModel(robot, [bad])).toThrow(reason);
  });
});
