/**
 * Motions of the filter between obstacles, tick by tick as they were recorded: what a change of the
 * barrier does to them is to be seen before it is accepted. After one that is meant, record anew:
 * `SINEW_RECORD=1 npx vitest run test/safety/recorded_space.test.ts` (see recorded.ts).
 */
import { describe, expect, it } from 'vitest';
import { collisionModel, type SceneShape } from '../../src/description/collision_model.js';
import type { StopKind } from '../../src/safety/failsafe.js';
import { SafetyFilter } from '../../src/safety/filter.js';
import { Clearances } from '../../src/safety/internal/clearances.js';
import type { CartesianLimits, FilterOptions, HalfSpace } from '../../src/safety/options.js';
import { loadProfile } from '../description/profiles.js';
import { generator } from './attack.js';
import { randomPose } from './attacked_robot.js';
import { gantry, gantryLimits } from './gantry.js';
import { randomRobot } from './random_robot.js';
import { expectRecorded } from './recorded.js';
import { SPATIAL_ATTACKS, spatialAttack } from './spatial_attack.js';

const links = ['ball'];
const SCENE: readonly SceneShape[] = [
  { name: 'wall', type: 'half_space', normal: [-1, 0, 0], offset: -0.45, links },
  { name: 'post', type: 'sphere', center: [0.1, 0.4, 0], radius: 0.1, links },
  { name: 'crate', type: 'box', center: [-0.5, -0.2, 0], size: [0.2, 0.3, 0.2], rpy: [0, 0, 0.4] },
];
const PLANES: readonly HalfSpace[] = [
  { name: 'left', normal: [1, 0, 0], offset: -0.5 },
  { name: 'front', normal: [-0.6, -0.8, 0], offset: -0.4 },
];
const EFFORT = Float64Array.of(2, -1, 1);

interface Case {
  readonly limits: CartesianLimits;
  readonly options?: FilterOptions;
  readonly start?: readonly number[];
  /** How it stops now and then; along the path if absent. */
  readonly stop?: StopKind;
  /** What is changed in the middle. */
  readonly change?: (filter: SafetyFilter) => void;
}

const CASES: Record<string, Case> = {
  'around obstacles': { limits: gantryLimits(SCENE) },
  'around obstacles, in step': { limits: gantryLimits(SCENE), options: { synchronise: true } },
  'in a workspace at limited speed': {
    limits: gantryLimits(SCENE.slice(0, 1), { workspace: PLANES, toolSpeed: 0.3 }),
    change: (filter) => {
      filter.toolSpeed = 0.12;
    },
  },
  'with both links near each other': {
    limits: gantryLimits([], { barrier: { gain: 4, selfMargin: 0.05, sceneMargin: 0.02 } }),
    change: (filter) => {
      filter.barrier = { gain: 12, selfMargin: 0.08, sceneMargin: 0.02 };
    },
  },
  'out of a start too near': {
    limits: gantryLimits(SCENE, { workspace: PLANES }),
    start: [0.423, 0.01, 0.9],
    change: (filter) => {
      filter.barrier = { gain: 5, selfMargin: 0.02, sceneMargin: 0.04 };
    },
  },
  'past obstacles with the least of margins': {
    limits: gantryLimits(SCENE, { barrier: { gain: 9, selfMargin: 0.05, sceneMargin: 0.003 } }),
    change: (filter) => {
      filter.barrier = { gain: 9, selfMargin: 0.05, sceneMargin: 0.002 };
    },
  },
  'with stops joint by joint': {
    limits: gantryLimits(SCENE, {
      toolSpeed: 0.6,
      barrier: { gain: 20, selfMargin: 0.004, sceneMargin: 0.004 },
    }),
    stop: 'joint',
  },
  'on a budget': {
    limits: gantryLimits(SCENE, { toolSpeed: 0.5 }),
    options: { energy: { budget: 0.5, refill: 0.3 } },
  },
};

/** Random robots that a long tick takes off their known way to rest, each mended in another manner. */
const STRAYED = [201, 223, 254, 271, 283, 297, 315];

/** What a command is, in one number. */
function fold(command: ReturnType<SafetyFilter['stop']>): number {
  if (command === undefined) throw new Error('no command');
  const { positions, velocities, accelerations, reasons, band, clearance, nearest } = command;
  let sum = band + 10 * Math.min(clearance, 1) + nearest / 10;
  for (const [i, position] of positions.entries()) {
    sum += (i + 1) * (position + (velocities[i] ?? 0) / 8 + (accelerations[i] ?? 0) / 64);
    sum += (0.1 + i / 100) * (reasons[i] ?? 0);
  }
  return sum;
}

/**
 * Counts, while `run` runs, how often a robot is placed and a distance measured: to look more often
 * than needed is slow.
 */
function countingLooks(run: () => void): number[] {
  const { place, measure } = Clearances.prototype;
  let [placed, measured] = [0, 0];
  Clearances.prototype.place = function (...given) {
    placed++;
    return place.apply(this, given);
  };
  Clearances.prototype.measure = function (...given) {
    measured++;
    return measure.apply(this, given);
  };
  try {
    run();
  } finally {
    Object.assign(Clearances.prototype, { place, measure });
  }
  return [placed, measured];
}

describe('the motion between obstacles is as recorded', () => {
  it.each(Object.keys(CASES))('%s', (name) => {
    const { limits, options, start, stop = 'path', change } = CASES[name] as Case;
    const random = generator(29);
    const target = new Float64Array(3);
    const out: number[] = [];
    const looks = countingLooks(() => {
      const filter = gantry(limits, start, options);
      for (let i = 0; i < 480; i++) {
        if (i % 40 === 0) for (let k = 0; k < 3; k++) target[k] = 1.6 * random() - 0.8;
        if (i === 240) change?.(filter);
        const h = 0.01 * (random() < 0.8 ? 0.9 + 0.2 * random() : 0.1 + 4.9 * random() ** 2);
        const stopping = i % 120 >= 108;
        const command = stopping
          ? filter.stop(h, stop, target, EFFORT)
          : filter.follow(h, target, target, EFFORT);
        // One number for four ticks keeps the file small.
        if (i % 4 === 0) out.push(0);
        out[out.length - 1] = (out.at(-1) ?? 0) + (1 + (i % 4)) * fold(command);
      }
      out.push(...filter.position, ...filter.velocity);
    });
    expectRecorded(`space, ${name}`, [...out, ...looks]);
  });

  it('two arms, each with a tool', () => {
    const robot = loadProfile('so101_pair');
    const table: SceneShape = {
      name: 'table',
      type: 'half_space',
      normal: [0, 0, 1],
      offset: -0.05,
    };
    const filter = new SafetyFilter(robot.limits, {
      cartesian: {
        model: collisionModel(robot, [table]),
        tools: robot.config.toolLinks,
        toolSpeed: 0.4,
        workspace: [{ name: 'top', normal: [0, 0, -1], offset: -0.4 }],
        barrier: { gain: 8, selfMargin: 0.01, sceneMargin: 0.01 },
        grossOverlap: 0.02,
      },
    });
    const random = generator(17);
    const out: number[] = [];
    const looks = countingLooks(() => {
      const verdict = filter.start(Float64Array.from(robot.home));
      if (!verdict.ready) throw new Error(verdict.why);
      let target = Float64Array.from(robot.home);
      for (let i = 0; i < 160; i++) {
        if (i % 32 === 0) target = Float64Array.from(randomPose(robot.limits, random));
        const h = 0.02 * (0.5 + random());
        if (i % 4 === 0) out.push(0);
        const command = i % 64 > 56 ? filter.stop(h, 'path') : filter.follow(h, target, target);
        out[out.length - 1] = (out.at(-1) ?? 0) + (1 + (i % 4)) * fold(command);
      }
    });
    expectRecorded('space, two arms', [...out, ...looks]);
  });

  it.each(STRAYED)('random robot %d', (seed) => {
    const random = generator(seed);
    const robot = randomRobot(random);
    if (robot === undefined) throw new Error(`seed ${seed} has no pose to start from`);
    const { limits, cartesian, starts, aims } = robot;
    const kind = SPATIAL_ATTACKS[Math.floor(random() * SPATIAL_ATTACKS.length)] ?? 'full speed';
    const filter = new SafetyFilter(limits, { cartesian });
    filter.start(Float64Array.from(starts[0] ?? []));
    const attack = spatialAttack(kind, limits, aims, random);
    const target = new Float64Array(limits.length);
    const out: number[] = [];
    const looks = countingLooks(() => {
      for (let i = 0; i < 200; i++) {
        const h = random() < 0.8 ? 0.01 * (0.9 + 0.2 * random()) : 0.001 * 100 ** random();
        attack(target, filter.position, filter.velocity, h);
        if (i % 4 === 0) out.push(0);
        const command =
          i % 50 >= 44
            ? filter.stop(h, i % 100 >= 50 ? 'joint' : 'path')
            : filter.follow(h, target, target);
        out[out.length - 1] = (out.at(-1) ?? 0) + (1 + (i % 4)) * fold(command);
      }
    });
    expectRecorded(`space, random robot ${seed}`, [...out, ...looks]);
  });
});

it('a robot at rest that is to stay there is not measured', () => {
  const filter = gantry(gantryLimits(SCENE));
  const there = Float64Array.of(0, 0.1, 0);
  for (let i = 0; i < 200; i++) filter.follow(0.01, there, there);
  expect(filter.atRest).toBe(true);
  const looks = countingLooks(() => {
    filter.follow(0.01, there, there);
    filter.stop(0.01, 'joint');
    filter.stop(0.01, 'path');
  });
  expect(looks).toEqual([0, 0]);
});
