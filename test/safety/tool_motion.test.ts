/** The speed of a tool centre, from its Jacobian at a configuration near by: on random robots. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Kinematics } from '../../src/description/kinematics.js';
import { parseUrdf } from '../../src/description/urdf_parser.js';
import { ToolMotion } from '../../src/safety/internal/tool_motion.js';
import { chainKinematics, chains, toolSpeed } from '../description/robots.js';

/** As far as positions may be from those of a Jacobian. */
const NEAR = 0.1;

const numbers = (size: number) =>
  fc.array(fc.double({ min: -size, max: size, noNaN: true }), { minLength: 9, maxLength: 9 });

/** Two joints in a plane, the second of which turns three times as far as the first. */
const GEARED = `<robot name="geared"><link name="a"/><link name="b"/><link name="c"/><link name="tip"/>
  <joint name="p" type="revolute"><parent link="a"/><child link="b"/><axis xyz="0 0 1"/>
    <limit lower="-3" upper="3" velocity="1" effort="1"/></joint>
  <joint name="m" type="revolute"><parent link="b"/><child link="c"/><origin xyz="1 0 0"/>
    <axis xyz="0 0 1"/><limit lower="-3" upper="3" velocity="1" effort="1"/>
    <mimic joint="p" multiplier="-3"/></joint>
  <joint name="t" type="fixed"><parent link="c"/><child link="tip"/><origin xyz="0.5 0 0"/></joint>
  </robot>`;

function geared(): Kinematics {
  return new Kinematics(parseUrdf(GEARED, 'geared.urdf'), { joints: ['p'], tool: 'tip' });
}

describe('the motion of a tool centre', () => {
  it('has its speed near a configuration, but for what changes twice', () => {
    fc.assert(
      fc.property(chains, numbers(2), numbers(1), numbers(1), (joints, q, way, v) => {
        const kinematics = chainKinematics(joints);
        const n = kinematics.joints.length;
        const motion = new ToolMotion(kinematics, kinematics.tool);
        const sum = way.slice(0, n).reduce((all, d) => all + Math.abs(d), 0);
        const length = Math.max(sum, 1e-6);
        const there = q.map((value, i) => value + (0.999 * NEAR * (way[i] ?? 0)) / length);
        const all = Float64Array.of(7, ...q.slice(0, n), ...there.slice(0, n));
        const rates = Float64Array.from([7, ...v.slice(0, n), ...v.slice(0, n)]);
        motion.learn(all, 1);
        expect(motion.reaches(all, 1 + n)).toBe(true);
        expect(motion.together(all, 1, 1 + n)).toBe(true);
        motion.measure(all, rates, 1 + n);
        // No more than the whole chain is between the tool and an axis, slides being up to 2 m out.
        const longest = joints.reduce(
          (sum, { type, xyz }) => sum + Math.hypot(...xyz) + (type === 'prismatic' ? 2.1 : 0),
          1,
        );
        const most = 0.5 * NEAR ** 2 * longest * v.reduce((sum, rate) => sum + Math.abs(rate), 0);
        const truth = toolSpeed(kinematics, there, v);
        expect(Math.abs(motion.speed - truth)).toBeLessThanOrEqual(most + 1e-8);
        // Where the Jacobian was computed, it is exact.
        motion.measure(all, rates, 1);
        expect(Math.abs(motion.speed - toolSpeed(kinematics, q, v))).toBeLessThanOrEqual(1e-7);
      }),
      { numRuns: 200 },
    );
  });

  it('has a gradient that differences agree with, and none while it stands still', () => {
    fc.assert(
      fc.property(chains, numbers(2), numbers(0.01), numbers(1), (joints, q, way, v) => {
        const kinematics = chainKinematics(joints);
        const n = kinematics.joints.length;
        const motion = new ToolMotion(kinematics, kinematics.tool);
        const rates = Float64Array.from(v.slice(0, n));
        const gradient = new Float64Array(n).fill(9);
        motion.learn(Float64Array.from(q.slice(0, n)), 0);
        const there = Float64Array.from(q.slice(0, n), (value, i) => value + (way[i] ?? 0));
        motion.measure(there, rates, 0);
        fc.pre(motion.speed > 0.01);
        motion.gradient(gradient);
        for (let i = 0; i < n; i++) {
          const [before = 0, after = 0] = [-1e-6, 1e-6].map((step) => {
            motion.measure(there, rates.with(i, (rates[i] ?? 0) + step), 0);
            return motion.speed;
          });
          expect(Math.abs((gradient[i] ?? NaN) - (after - before) / 2e-6)).toBeLessThan(1e-5);
        }
        motion.measure(there, new Float64Array(n), 0);
        motion.gradient(gradient);
        expect(motion.speed).toBe(0);
        expect([...gradient].every((value) => value === 0)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it('is taken earlier by as much as asked, along the velocities', () => {
    const kinematics = geared();
    const motion = new ToolMotion(kinematics, 'tip');
    motion.learn(Float64Array.of(0.3), 0);
    motion.measure(Float64Array.of(0.3), Float64Array.of(2), 0);
    const { speed } = motion;
    motion.back = 0.005;
    motion.measure(Float64Array.of(0.31), Float64Array.of(2), 0);
    expect(motion.speed).toBeCloseTo(speed, 12);
  });

  it('counts a joint by how far it moves the frames that follow it', () => {
    const kinematics = geared();
    const motion = new ToolMotion(kinematics, 'tip');
    const q = Float64Array.of(0, 0.0249, 0.0251);
    motion.learn(q, 0);
    expect([0, 1, 2].map((from) => motion.reaches(q, from))).toEqual([true, true, false]);
    expect([0, 1, 2].map((to) => motion.together(q, 0, to))).toEqual([true, true, false]);
    // The lower arm turns back twice as fast as the upper one turns.
    motion.measure(q, Float64Array.of(1, 0, 0), 0);
    expect(motion.speed).toBeCloseTo(1 - 2 * 0.5, 12);
    const gradient = new Float64Array(1);
    motion.measure(Float64Array.of(0.02), Float64Array.of(1), 0);
    motion.gradient(gradient);
    expect(motion.speed).toBeCloseTo(toolSpeed(kinematics, [0.02], [1]), 3);
    expect(gradient[0]).toBeCloseTo(motion.speed, 12);
  });

  it('uses what it has computed as long as it is kept, the last sixteen, and forgets all', () => {
    const kinematics = geared();
    const motion = new ToolMotion(kinematics, 'tip');
    const q = Float64Array.from({ length: 18 }, (_, i) => 0.1 * i);
    const v = new Float64Array(18).fill(1);
    expect(motion.reaches(q, 0)).toBe(false);
    for (let i = 0; i < 16; i++) motion.learn(q, i);
    for (const i of [0, 7, 15, 3]) {
      expect(motion.reaches(q, i)).toBe(true);
      motion.measure(q, v, i);
      expect(motion.speed).toBeCloseTo(toolSpeed(kinematics, [q[i] ?? 0], [1]), 6);
    }
    expect(motion.reaches(q, 16)).toBe(false);
    motion.learn(q, 16);
    expect([0, 1, 15, 16].map((i) => motion.reaches(q, i))).toEqual([false, true, true, true]);
    motion.learn(q, 17);
    expect([1, 2, 16, 17].map((i) => motion.reaches(q, i))).toEqual([false, true, true, true]);
    expect(motion.reaches(Float64Array.of(Number.NaN), 0)).toBe(false);
    motion.forget();
    expect(motion.reaches(q, 17)).toBe(false);
    motion.learn(q, 5);
    expect([5, 17].map((i) => motion.reaches(q, i))).toEqual([true, false]);
  });
});
