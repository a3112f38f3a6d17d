/** Distances of a robot that can be done in the head, and how they change with its joints. */
import { describe, expect, it } from 'vitest';
import { collisionModel, type SceneShape } from '../../src/description/collision_model.js';
import { Kinematics } from '../../src/description/kinematics.js';
import { Assessment } from '../../src/safety/internal/assessment.js';
import { Clearances } from '../../src/safety/internal/clearances.js';
import { SafeCommand } from '../../src/safety/internal/safe_command.js';
import type { CartesianLimits } from '../../src/safety/options.js';
import { Reason } from '../../src/safety/reasons.js';
import { loadProfile } from '../description/profiles.js';
import { generator } from './attack.js';
import { randomPose } from './attacked_robot.js';
import { drive, gantry, gantryLimits } from './gantry.js';

const WALL: SceneShape = {
  name: 'wall',
  type: 'half_space',
  normal: [-1, 0, 0],
  offset: -0.4,
  links: ['ball'],
};

/** Distance `k` where the robot has been placed, m. */
function measured(clearances: Clearances, k: number): number {
  clearances.measure(k);
  return clearances.distances[k] ?? Number.NaN;
}

describe('clearances', () => {
  it('are kept where no link is a tool', () => {
    const filter = gantry(gantryLimits([WALL], { tools: [] }));
    drive(filter, [1, 0, 0], 400);
    expect(filter.position[0]).toBeLessThanOrEqual(0.36);
    expect(filter.position[0]).toBeGreaterThan(0.35);
  });

  it('tell distances, and gradients that differences of them agree with', () => {
    const clearances = new Clearances(gantryLimits([WALL]));
    const q = Float64Array.of(0.1, 0.2, -0.3);
    const gradient = new Float64Array(3);
    expect(clearances.count).toBe(2);
    for (let k = 0; k < clearances.count; k++) {
      const self = clearances.reasons[k] === Reason.selfCollision;
      clearances.place(q);
      const expected = self ? Math.hypot(0.1 + 0.3 - 0.5, 0.2) - 0.04 : 0.4 - 0.1 - 0.02;
      expect(measured(clearances, k)).toBeCloseTo(expected, 9);
      clearances.gradient(k, gradient);
      for (let i = 0; i < 3; i++) {
        const [before, after] = [-1e-6, 1e-6].map((step) => {
          clearances.place(q.map((value, j) => (j === i ? value + step : value)));
          return measured(clearances, k);
        });
        expect(gradient[i]).toBeCloseTo(((after ?? 0) - (before ?? 0)) / 2e-6, 6);
      }
    }
  });

  it('are all far before anything was measured', () => {
    const before = new Assessment(new Clearances(gantryLimits([WALL])), 1);
    const { distances, safe, good } = before;
    const { clearance, nearest } = distances;
    expect([clearance, nearest, safe, good]).toEqual([Number.POSITIVE_INFINITY, -1, true, true]);
    const { nearest: none } = new SafeCommand(3);
    expect(none).toBe(-1);
  });

  it('are kept by the margin that was set last, and none that is zero is taken over', () => {
    for (const zero of ['gain', 'selfMargin', 'sceneMargin']) {
      const filter = gantry(gantryLimits([WALL]));
      filter.barrier = { gain: 10, selfMargin: 0.04, sceneMargin: 0.05 };
      filter.barrier = { gain: 10, selfMargin: 0.06, sceneMargin: 0.07, [zero]: 0 };
      drive(filter, [1, 0, 0], 400);
      expect(filter.position[0]).toBeLessThanOrEqual(0.33 + 1e-9);
      expect(filter.position[0]).toBeGreaterThan(0.325);
    }
  });

  it('tell how far each joint moves anything at most', () => {
    const { reach, toolReach, names } = new Clearances(gantryLimits([WALL]));
    const ways = Float64Array.of(1, 10, 100);
    const travels = names.map((name, k) => {
      reach.travel(k, ways);
      return [name, reach.sum];
    });
    expect(Object.fromEntries(travels)).toEqual({ 'ball – other': 111, 'ball – wall': 11 });
    expect(toolReach).toEqual([[1, 1, 0]]);
  });
});

/** Two arms with a tool each, and something of every kind around them. */
function pair(): { limits: CartesianLimits; poses: Float64Array[] } {
  const robot = loadProfile('so101_pair');
  const scene: SceneShape[] = [
    { name: 'slope', type: 'half_space', normal: [0, 0.6, 0.8], offset: -0.8 },
    { name: 'ball', type: 'sphere', center: [0.5, 0.3, 0.4], radius: 0.05 },
    { name: 'box', type: 'box', center: [-0.5, 0.2, 0.3], size: [0.1, 0.2, 0.3], rpy: [1, 2, 3] },
  ];
  const random = generator(3);
  return {
    limits: {
      model: collisionModel(robot, scene),
      tools: robot.config.toolLinks,
      toolSpeed: 1,
      workspace: [{ name: 'skew', normal: [0.48, -0.6, 0.64], offset: -0.7 }],
      barrier: { gain: 5, selfMargin: 0.01, sceneMargin: 0.01 },
      grossOverlap: 0.01,
    },
    poses: Array.from({ length: 6 }, () => Float64Array.from(randomPose(robot.limits, random))),
  };
}

/** Central differences of `value` over each number of `x`. */
function differences(x: Float64Array, value: (x: Float64Array) => number, step: number): number[] {
  return [...x].map((_, i) => {
    const [before = 0, after = 0] = [-step, step].map((d) =>
      value(x.map((number, j) => (j === i ? number + d : number))),
    );
    return (after - before) / (2 * step);
  });
}

function expectClose(values: Iterable<number>, wanted: readonly number[], what: string): void {
  for (const [i, value] of [...values].entries()) {
    expect(Math.abs(value - (wanted[i] ?? Number.NaN)), `${what}, ${i}`).toBeLessThan(1e-5);
  }
}

describe('clearances of two arms', () => {
  it('have gradients that differences agree with, for links, scene and workspace', () => {
    const { limits, poses } = pair();
    const clearances = new Clearances(limits);
    const gradient = new Float64Array(clearances.joints);
    let compared = 0;
    for (const q of poses) {
      for (let k = 0; k < clearances.count; k++) {
        const distance = (at: Float64Array): number => {
          clearances.place(at);
          return measured(clearances, k);
        };
        // Inside each other there may be no way out to tell.
        if (distance(q) < 0.01) continue;
        clearances.gradient(k, gradient);
        expectClose(gradient, differences(q, distance, 1e-7), clearances.names[k] ?? '');
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(3 * clearances.count);
  });

  it('measure tool centres to the planes of the workspace, by name', () => {
    const { limits, poses } = pair();
    const clearances = new Clearances(limits);
    const { description, joints, base, fixed } = limits.model;
    const [tool = ''] = limits.tools;
    const kinematics = new Kinematics(description, { joints, base, fixed, tool });
    expect(limits.tools.length).toBe(2);
    for (const q of poses) {
      kinematics.update(q);
      clearances.place(q);
      for (const link of limits.tools) {
        const offset = kinematics.linkOffset(link);
        const [x = 0, y = 0, z = 0] = [3, 7, 11].map((i) => kinematics.linkPoses[offset + i]);
        const wanted = 0.48 * x - 0.6 * y + 0.64 * z + 0.7;
        const k = clearances.names.indexOf(`${link} – skew`);
        expect(measured(clearances, k)).toBeCloseTo(wanted, 12);
      }
    }
  });
});
