// When the task counts as done, and what the jaws feel.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cubeOnTable } from '../../src/simulation/scene_random.js';
import { SuccessHold } from '../../src/simulation/success_hold.js';
import type { World } from '../../src/simulation/world.js';
import { createWorld, scene } from './arm.js';

let world: World;
const [targetX, targetY] = scene.target.position;

beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.dispose());

function place(dx: number, dy: number, dz = 0): void {
  world.reset(0);
  const { position, quaternion } = cubeOnTable(scene, targetX + dx, targetY + dy, 0.3);
  const [x, y, z] = position;
  world.setCubePose({ position: [x, y, z + dz], quaternion });
}

describe('success', () => {
  test('is a cube at rest on the target', () => {
    place(0.01, -0.01);
    world.step(100);
    expect(world.success()).toBe(true);
  });

  test('is not a cube beside the target', () => {
    place(scene.target.tolerance + 0.002, 0);
    world.step(100);
    expect(world.success()).toBe(false);
  });

  test('is not a cube in the air above the target', () => {
    place(0, 0, 0.03);
    expect(world.success()).toBe(false);
    world.step(5);
    expect(world.success()).toBe(false);
  });

  test('comes after a short fall, when the cube lies still', () => {
    place(0, 0, 0.02);
    world.step(500);
    expect(world.success()).toBe(true);
  });

  test('is not a cube that the gripper still touches', () => {
    world.reset(0);
    const { views } = world.physics;
    const jaw = world.physics.id('body', 'grasp_link') * 3;
    const at = [0, 1, 2].map((i) => views.xpos[jaw + i] ?? 0) as [number, number, number];
    world.setCubePose({ position: at, quaternion: [1, 0, 0, 0] });
    world.setPositions(Float64Array.from([0, -1, 0.4, 1.5, 0, 0.05]));
    expect(world.graspState().touched).toBe(true);
    expect(world.success()).toBe(false);
  });

  test('has to last before an episode is over', () => {
    const hold = new SuccessHold(0.2);
    hold.update(true, 1);
    hold.update(false, 1.1);
    hold.update(true, 1.15);
    hold.update(true, 1.3);
    expect(hold.reached).toBe(false);
    hold.update(true, 1.35);
    expect(hold.reached).toBe(true);
    hold.update(false, 1.4);
    expect(hold.reached).toBe(true);
    hold.reset();
    expect(hold.reached).toBe(false);
  });
});

describe('a grasp', () => {
  test('is felt by both jaws, lifts the cube and holds it, and ends when they open', () => {
    world.reset(0);
    /** Straight down at a height that the elbow sets, rad; 0.25 rad of the gripper is open. */
    const pose = (elbow: number, gripper: number) =>
      Float64Array.of(0, -0.2, elbow, Math.PI / 2 + 0.2 - elbow, 0, gripper);
    world.setPositions(pose(0.72, 0.25));
    const body = world.physics.id('body', 'grasp_link');
    const { xpos, xmat } = world.physics.views;
    // 2 mm off the fixed jaw, towards which the link's x axis points.
    const [x = 0, y = 0] = [0, 1].map(
      (i) => (xpos[body * 3 + i] ?? 0) - 0.002 * (xmat[body * 9 + i * 3] ?? 0),
    );
    world.setCubePose(cubeOnTable(scene, x, y, 0));
    expect(world.graspState()).toMatchObject({ held: false, touched: false });

    world.setTargets(pose(0.72, 0));
    world.step(250);
    const all = { fixedJaw: true, movingJaw: true, held: true, touched: true };
    expect(world.graspState()).toEqual(all);

    for (let i = 1; i <= 100; i++) {
      world.setTargets(pose(0.72 - 0.004 * i, 0));
      world.step(5);
    }
    const height = world.cubePose()[2] ?? 0;
    expect(height).toBeGreaterThan(0.04);
    world.step(2500);
    expect(world.graspState()).toEqual(all);
    expect(Math.abs((world.cubePose()[2] ?? 0) - height)).toBeLessThan(0.002);

    world.setTargets(pose(0.32, 0.4));
    world.step(500);
    expect(world.graspState().held).toBe(false);
    expect(world.cubePose()[2] ?? 1).toBeLessThan(0.02);
  });
});
