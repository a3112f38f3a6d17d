// The simulated world on the real engine: determinism, servos, gravity, state.
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadRobot } from '../../src/description/robot.js';
import type { World } from '../../src/simulation/world.js';
import { createWorld, robot, scene, waving } from './arm.js';

let world: World;
let twin: World;

beforeAll(async () => {
  world = await createWorld();
  twin = await createWorld();
});

afterAll(() => {
  world.dispose();
  twin.dispose();
});

function record(target: World, seed: number): { states: Float64Array; image: Uint8Array } {
  target.reset(seed);
  const start = Float64Array.from(target.positions);
  for (let i = 0; i < 200; i++) {
    target.setTargets(waving(start, target.time));
    target.step(5);
  }
  const image = new Uint8Array(96 * 96 * 3);
  target.render('front', image);
  return { states: target.saveState(), image };
}

describe('determinism', () => {
  test('two worlds with the same seed and targets are equal bit for bit, pictures included', () => {
    const first = record(world, 5);
    const second = record(twin, 5);
    expect(second.states).toEqual(first.states);
    expect(second.image).toEqual(first.image);
  });

  test('a world that was used before is as good as new after reset', () => {
    record(world, 99);
    expect(record(world, 5)).toEqual(record(twin, 5));
  });

  test('another seed gives another scene', () => {
    world.reset(5);
    const cube = world.cubePose();
    world.reset(6);
    expect(world.cubePose()).not.toEqual(cube);
  });

  test('a saved state has the same future again', () => {
    world.reset(3);
    const start = Float64Array.from(world.positions);
    world.setTargets(waving(start, 1));
    world.step(50);
    const saved = world.saveState();
    world.step(100);
    const future = world.saveState();
    world.reset(4);
    world.loadState(saved);
    expect(world.time).toBeCloseTo(0.1, 12);
    world.step(100);
    expect(world.saveState()).toEqual(future);
  });
});

describe('the arm', () => {
  test('starts at rest in the home pose of the robot’s settings', () => {
    const file = fileURLToPath(new URL('../../config/so101.yaml', import.meta.url));
    const settings = loadRobot(file);
    world.reset(0);
    expect([...world.jointNames]).toEqual([...settings.config.joints]);
    expect([...world.positions]).toEqual([...settings.home]);
    expect(Math.max(...world.velocities.map(Math.abs))).toBe(0);
  });

  test('follows a moving target within 0.01 rad', () => {
    world.reset(0);
    const start = Float64Array.from(world.positions);
    let worst = 0;
    for (let i = 0; i < 1000; i++) {
      world.setTargets(waving(start, world.time + world.timestep));
      world.step();
      const wanted = waving(start, world.time);
      for (const [j, q] of wanted.entries()) {
        worst = Math.max(worst, Math.abs(q - (world.positions[j] ?? Number.NaN)));
      }
    }
    expect(worst).toBeLessThan(0.01);
    expect(worst).toBeGreaterThan(1e-5);
  });

  test('holds a stretched pose against gravity, with effort', () => {
    world.reset(0);
    const stretched = Float64Array.of(0, 0.3, -0.3, 0.2, 0, 0.5);
    world.setPositions(stretched);
    world.step(1000);
    for (const [j, q] of stretched.entries()) {
      expect(Math.abs((world.positions[j] ?? Number.NaN) - q)).toBeLessThan(0.003);
    }
    expect(Math.abs(world.efforts[1] ?? 0)).toBeGreaterThan(0.3);
    expect(Math.max(...world.velocities.map(Math.abs))).toBeLessThan(1e-3);
  });

  test('pushes with no more than the effort of the description', () => {
    world.reset(0);
    const far = Float64Array.from(world.positions, (q) => q + 0.5);
    world.setTargets(far);
    for (let i = 0; i < 100; i++) {
      world.step();
      const efforts = [...world.efforts].map(Math.abs);
      expect(Math.max(...efforts)).toBeLessThanOrEqual(2.94);
    }
  });

  test('touches neither itself nor the table at home', () => {
    world.reset(1);
    const names = world.physics
      .contacts()
      .map((pair) => pair.map((id) => world.physics.geomName(id)));
    expect(names.length).toBeGreaterThan(0);
    for (const pair of names) expect(new Set(pair)).toEqual(new Set(['sinew_table', 'sinew_cube']));
  });

  test('takes joints in another order', async () => {
    const { World } = await import('../../src/simulation/world.js');
    const joints = [...world.jointNames].reverse();
    const reversed = await World.create({ robot, scene, joints });
    expect([...reversed.positions].reverse()).toEqual([...twinHome()]);
    reversed.dispose();
  });

  function twinHome(): Float64Array {
    twin.reset(0);
    return twin.positions;
  }
});

describe('faults', () => {
  test('a gripper joint that the robot lacks is named, with the joints that there are', async () => {
    await expect(createWorld({ gripper_joint: 'claw' })).rejects.toThrow(/"claw".*shoulder_pan/);
  });

  test('a camera on an unknown link is named', async () => {
    const cameras = scene.cameras.map((camera) => ({ ...camera, link: 'nowhere' }));
    await expect(createWorld({ cameras })).rejects.toThrow(/camera wrist.*"nowhere"/);
  });
});
