/** Forward kinematics and Jacobian on random robots. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Kinematics } from '../../src/description/kinematics.js';
import {
  fromOrigin,
  fromQuaternion,
  identity,
  multiply,
  rotationBetween,
  toQuaternion,
} from '../../src/description/transform.js';
import { parseUrdf } from '../../src/description/urdf_parser.js';
import { type ChainJoint, chainKinematics, chains, chainUrdf } from './robots.js';

fc.configureGlobal({ seed: 20 });

const positions = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), {
  minLength: 9,
  maxLength: 9,
});
const angles = fc.tuple(
  fc.double({ min: -7, max: 7, noNaN: true }),
  fc.double({ min: -7, max: 7, noNaN: true }),
  fc.double({ min: -7, max: 7, noNaN: true }),
);

describe('kinematics', () => {
  it('has a Jacobian that agrees with finite differences', () => {
    fc.assert(
      fc.property(chains, positions, (joints, q) => {
        const kinematics = chainKinematics(joints);
        const n = kinematics.joints.length;
        const jacobian = new Float64Array(6 * n);
        const before = identity();
        const after = identity();
        const turn = new Float64Array(3);
        const h = 1e-6;
        kinematics.jacobian(q, jacobian);
        for (let j = 0; j < n; j++) {
          const low = q.with(j, (q[j] ?? 0) - h);
          const high = q.with(j, (q[j] ?? 0) + h);
          kinematics.forward(low, before);
          kinematics.forward(high, after);
          rotationBetween(before, after, turn);
          for (let i = 0; i < 3; i++) {
            const slope = ((after[4 * i + 3] ?? 0) - (before[4 * i + 3] ?? 0)) / (2 * h);
            expect(Math.abs((jacobian[i * n + j] ?? NaN) - slope)).toBeLessThan(1e-6);
            const spin = (turn[i] ?? 0) / (2 * h);
            expect(Math.abs((jacobian[(3 + i) * n + j] ?? NaN) - spin)).toBeLessThan(1e-6);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('gives poses whose rotation is a rotation, and the same pose by update and forward', () => {
    fc.assert(
      fc.property(chains, positions, (joints, q) => {
        const kinematics = chainKinematics(joints);
        const pose = identity();
        kinematics.forward(q, pose);
        kinematics.update(q);
        const at = kinematics.linkOffset(`l${joints.length}`);
        expect([...pose]).toEqual([...kinematics.linkPoses.slice(at, at + 16)]);
        for (let i = 0; i < 3; i++) {
          for (let j = 0; j < 3; j++) {
            const dot = [0, 1, 2].reduce(
              (sum, k) => sum + (pose[4 * i + k] ?? 0) * (pose[4 * j + k] ?? 0),
              0,
            );
            expect(dot).toBeCloseTo(i === j ? 1 : 0, 9);
          }
        }
      }),
    );
  });

  it('adds the gradient of a point’s way along a direction, as finite differences have it', () => {
    const three = fc.tuple(...[0, 1, 2].map(() => fc.double({ min: -1, max: 1, noNaN: true })));
    fc.assert(
      fc.property(chains, positions, three, three, (joints, q, local, g) => {
        const kinematics = chainKinematics(joints);
        const at = kinematics.linkOffset(`l${joints.length}`);
        const place = (positions: readonly number[]) => {
          kinematics.update(positions);
          return [0, 4, 8].map((row) =>
            [...local, 1].reduce(
              (sum, x, i) => sum + x * (kinematics.linkPoses[at + row + i] ?? NaN),
              0,
            ),
          );
        };
        const along = (p: readonly number[]) => p.reduce((sum, x, i) => sum + x * (g[i] ?? NaN), 0);
        const h = 1e-6;
        const slopes = kinematics.joints.map((_, j) => {
          const [low, high] = [q.with(j, (q[j] ?? 0) - h), q.with(j, (q[j] ?? 0) + h)];
          return (along(place(high)) - along(place(low))) / (2 * h);
        });
        const [x = 0, y = 0, z = 0] = place(q);
        const [gx = 0, gy = 0, gz = 0] = g;
        const out = new Float64Array(kinematics.joints.length + 2).fill(5);
        kinematics.addPointGradient(at, { px: x, py: y, pz: z, gx, gy, gz }, out, 1);
        expect([out[0], out.at(-1)]).toEqual([5, 5]);
        slopes.forEach((slope, j) => {
          expect(Math.abs((out[1 + j] ?? NaN) - (5 + slope))).toBeLessThan(1e-6);
        });
      }),
      { numRuns: 200 },
    );
  });

  it('places links one by one where it was moved to, as it places them all', () => {
    fc.assert(
      fc.property(chains, positions, positions, (joints, q, other) => {
        const [one, all] = [chainKinematics(joints), chainKinematics(joints)];
        const n = one.joints.length;
        for (const where of [q, other]) {
          all.update(where);
          one.moveTo(Float64Array.of(9, ...where), 1);
          const order = [...one.links.keys()].map((i) => (i * 5 + n) % one.links.length);
          for (const index of order) {
            one.placeLink(16 * index);
            const pose = [...one.linkPoses.subarray(16 * index, 16 * index + 16)];
            expect(pose).toEqual([...all.linkPoses.subarray(16 * index, 16 * index + 16)]);
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  it('leaves links alone that are not asked for', () => {
    const slide: ChainJoint = {
      type: 'prismatic',
      xyz: [0, 0, 0],
      rpy: [0, 0, 0],
      axis: [1, 0, 0],
    };
    const kinematics = chainKinematics([slide, slide]);
    kinematics.moveTo(Float64Array.of(0.5, 0.25), 0);
    kinematics.placeLink(16);
    expect([3, 19, 35].map((at) => kinematics.linkPoses[at])).toEqual([0, 0.5, 0]);
    kinematics.placeLink(32);
    expect(kinematics.linkPoses[35]).toBe(0.75);
  });

  it('has no gradient for points of the base', () => {
    const kinematics = chainKinematics([
      { type: 'revolute', xyz: [0, 0, 1], rpy: [0, 0, 0], axis: [1, 0, 0] },
    ]);
    const out = Float64Array.of(3);
    kinematics.addPointGradient(0, { px: 1, py: 2, pz: 3, gx: 1, gy: 1, gz: 1 }, out, 0);
    expect([...out]).toEqual([3]);
  });

  it('moves a joint that mimics another along with it', () => {
    const joint = (name: string, parent: string, child: string, more: string) =>
      `<joint name="${name}" type="revolute"><parent link="${parent}"/><child link="${child}"/>
       <origin xyz="1 0 0"/><axis xyz="0 0 1"/>
       <limit lower="-3" upper="3" velocity="1" effort="1"/>${more}</joint>`;
    const links = ['a', 'b', 'c', 'd'].map((name) => `<link name="${name}"/>`).join('');
    const tail = `<joint name="t" type="fixed"><parent link="c"/><child link="d"/>
      <origin xyz="1 0 0"/></joint>`;
    const mimic = '<mimic joint="p" multiplier="-2" offset="0.5"/>';
    const coupled = parseUrdf(
      `<robot name="r">${links}${joint('p', 'a', 'b', '')}${joint('m', 'b', 'c', mimic)}${tail}</robot>`,
      'coupled.urdf',
    );
    const free = parseUrdf(
      `<robot name="r">${links}${joint('p', 'a', 'b', '')}${joint('m', 'b', 'c', '')}${tail}</robot>`,
      'free.urdf',
    );
    const one = new Kinematics(coupled, { joints: ['p'], tool: 'd' });
    const two = new Kinematics(free, { joints: ['p', 'm'], tool: 'd' });
    const a = identity();
    const b = identity();
    one.forward([0.3], a);
    two.forward([0.3, -0.1], b);
    for (let i = 0; i < 16; i++) expect(a[i]).toBeCloseTo(b[i] ?? NaN, 12);
    const narrow = new Float64Array(6);
    const wide = new Float64Array(12);
    one.jacobian([0.3], narrow);
    two.jacobian([0.3, -0.1], wide);
    for (let i = 0; i < 6; i++) {
      expect(narrow[i]).toBeCloseTo((wide[2 * i] ?? NaN) - 2 * (wide[2 * i + 1] ?? NaN), 12);
    }
  });

  it('does not let a fixed joint mimic another', () => {
    const links = ['a', 'b', 'c'].map((name) => `<link name="${name}"/>`).join('');
    const robot = parseUrdf(
      `<robot name="r">${links}
       <joint name="p" type="continuous"><parent link="a"/><child link="b"/></joint>
       <joint name="m" type="fixed"><parent link="b"/><child link="c"/>
       <origin xyz="0 1 0"/><mimic joint="p" multiplier="5"/></joint></robot>`,
      'r.urdf',
    );
    const jacobian = new Float64Array(6);
    new Kinematics(robot, { joints: ['p'], tool: 'c' }).jacobian([0], jacobian);
    expect([...jacobian]).toEqual([0, 0, 1, 1, 0, 0]);
  });

  it('keeps joints that it is not given at their fixed position', () => {
    const joints: ChainJoint[] = [0, 1].map(() => ({
      type: 'revolute',
      xyz: [0, 0, 1],
      rpy: [0, 0, 0],
      axis: [1, 0, 0],
    }));
    const robot = parseUrdf(chainUrdf(joints), 'chain.urdf');
    const all = new Kinematics(robot, { joints: ['j0', 'j1'], tool: 'l2' });
    const first = new Kinematics(robot, { joints: ['j0'], tool: 'l2', fixed: { j1: 0.7 } });
    const a = identity();
    const b = identity();
    all.forward([0.2, 0.7], a);
    first.forward([0.2], b);
    expect([...b]).toEqual([...a]);
  });

  it('refuses joints and links that do not exist', () => {
    const joint: ChainJoint = { type: 'revolute', xyz: [0, 0, 1], rpy: [0, 0, 0], axis: [1, 0, 0] };
    const robot = parseUrdf(chainUrdf([joint]), 'chain.urdf');
    const make = (options: object) => () =>
      new Kinematics(robot, { joints: ['j0'], tool: 'l1', ...options });
    expect(make({ joints: ['j7'] })).toThrow(/chain\.urdf: joint "j7" is missing/);
    expect(make({ joints: ['j0', 'j0'] })).toThrow(/joint "j0" is listed twice/);
    expect(make({ fixed: { j8: 1 } })).toThrow(/joint "j8" is missing/);
    expect(make({ tool: 'l9' })).toThrow(/chain\.urdf: link "l9" does not hang on "l0"/);
    expect(make({ base: 'l1', tool: 'l0' })).toThrow(/link "l0" does not hang on "l1"/);
    expect(make({ base: 'x' })).toThrow(/chain\.urdf: link "x" does not exist/);
  });
});

describe('transforms', () => {
  it('survive the way through a quaternion', () => {
    fc.assert(
      fc.property(angles, ([roll, pitch, yaw]) => {
        const pose = fromOrigin({ xyz: [1, 2, 3], rpy: [roll, pitch, yaw] });
        const q = new Float64Array(4);
        toQuaternion(pose, q);
        expect(q[0]).toBeGreaterThanOrEqual(0);
        expect(Math.hypot(...q)).toBeCloseTo(1, 12);
        const back = fromQuaternion([1, 2, 3], q);
        for (let i = 0; i < 16; i++) expect(back[i]).toBeCloseTo(pose[i] ?? NaN, 9);
      }),
      { numRuns: 500 },
    );
  });

  it('differ by the rotation vector that turns one into the other, half turns included', () => {
    const turned = fc.oneof(
      angles,
      fc.constantFrom([Math.PI, 0, 0], [0, Math.PI, 0], [0, 0, Math.PI]),
    );
    fc.assert(
      fc.property(angles, turned, (first, second) => {
        const rpy = (a: readonly number[]) => [a[0] ?? 0, a[1] ?? 0, a[2] ?? 0] as const;
        const from = fromOrigin({ xyz: [0, 0, 0], rpy: rpy(first) });
        const difference = fromOrigin({ xyz: [0, 0, 0], rpy: rpy(second) });
        const to = identity();
        multiply(difference, 0, from, 0, to, 0);
        const v = new Float64Array(3);
        rotationBetween(from, to, v);
        const angle = Math.hypot(...v);
        expect(angle).toBeLessThanOrEqual(Math.PI + 1e-9);
        const [x = 0, y = 0, z = 0] = [...v].map((c) => (angle > 0 ? c / angle : 0));
        const half = Math.sin(angle / 2);
        const back = fromQuaternion([0, 0, 0], [Math.cos(angle / 2), half * x, half * y, half * z]);
        for (let i = 0; i < 12; i++) expect(back[i]).toBeCloseTo(difference[i] ?? NaN, 6);
      }),
      { numRuns: 500 },
    );
  });
});
