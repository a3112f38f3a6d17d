// Success from poses alone: against MuJoCo, which knows it from contacts.
import { expect, test } from 'vitest';
import { apart } from '../../../src/simulation/gazebo_world/box_gap.js';
import { PlacementJudge } from '../../../src/simulation/gazebo_world/placement_judge.js';
import { cubeOnTable, type Pose } from '../../../src/simulation/scene_random.js';
import { createWorld, robot, scene } from '../arm.js';

const joints = [...robot.joints.values()].filter(({ type }) => type !== 'fixed').map((j) => j.name);
const HOME = joints.map((name) => scene.home[name] ?? 0);
const [tx, ty] = scene.target.position;

/** The judge's word on a cube that lies still at `pose`. */
function verdict(pose: Pose, q = HOME): boolean {
  const judge = new PlacementJudge(robot, joints, scene);
  judge.done(0, q, pose, [tx, ty]);
  return judge.done(0.05, q, pose, [tx, ty]);
}

test('a cube at rest on the target is placed; beside, above or in motion it is not', () => {
  expect(verdict(cubeOnTable(scene, tx + 0.02, ty, 0.3))).toBe(true);
  expect(verdict(cubeOnTable(scene, tx + 0.03, ty, 0.3))).toBe(false);
  const { position, quaternion } = cubeOnTable(scene, tx, ty, 0);
  expect(verdict({ position: [tx, ty, position[2] + 0.01], quaternion })).toBe(false);
  const judge = new PlacementJudge(robot, joints, scene);
  judge.done(0, HOME, cubeOnTable(scene, tx, ty, 0), [tx, ty]);
  expect(judge.done(0.05, HOME, cubeOnTable(scene, tx + 0.002, ty, 0), [tx, ty])).toBe(false);
  expect(judge.done(0.1, HOME, cubeOnTable(scene, tx + 0.002, ty, 0), [tx, ty])).toBe(true);
});

test('one look alone never says that the cube is at rest, nor the first after a reset', () => {
  const judge = new PlacementJudge(robot, joints, scene);
  const cube = cubeOnTable(scene, tx, ty, 0);
  expect(judge.done(0, HOME, cube, [tx, ty])).toBe(false);
  expect(judge.done(0.05, HOME, cube, [tx, ty])).toBe(true);
  judge.reset();
  expect(judge.done(0, HOME, cube, [tx, ty])).toBe(false);
});

test('what touches the cube in MuJoCo touches it here, on a path of the jaws through it', async () => {
  const world = await createWorld();
  const judge = new PlacementJudge(robot, joints, scene);
  const order = world.jointNames.map((name) => joints.indexOf(name));
  let touching = 0;
  let apartBoth = 0;
  try {
    for (let i = 0; i <= 60; i++) {
      // Down and forward over a cube in front of the arm, with the jaws closed around the way.
      const q = [0, -0.3 + i * 0.02, 0.3 - i * 0.005, 1.2, 0, 0.2];
      world.setPositions(q);
      world.setCubePose(cubeOnTable(scene, 0.27, 0, 0));
      const ours = judge.touched(
        order.map((_, k) => q[k] ?? 0),
        cubeOnTable(scene, 0.27, 0, 0),
      );
      const theirs = world.graspState().touched;
      if (theirs) {
        touching++;
        expect(ours, `step ${i}`).toBe(true);
      } else if (!ours) apartBoth++;
    }
  } finally {
    world.dispose();
  }
  expect(touching).toBeGreaterThan(0);
  expect(apartBoth).toBeGreaterThan(0);
});

test('boxes are apart by more than a margin, or not', () => {
  const at = (x: number, yaw: number) => ({
    pose: Float64Array.of(
      ...[Math.cos(yaw), -Math.sin(yaw), 0, x],
      ...[Math.sin(yaw), Math.cos(yaw), 0, 0],
      ...[0, 0, 1, 0],
      ...[0, 0, 0, 1],
    ),
    half: [0.5, 0.5, 0.5] as const,
  });
  expect(apart(at(0, 0), at(1.02, 0), 0.01)).toBe(true);
  expect(apart(at(0, 0), at(1.02, 0), 0.03)).toBe(false);
  // Turned by 45°, the corner reaches √½ towards the other.
  expect(apart(at(0, 0), at(0.5 + Math.SQRT1_2 + 0.01, Math.PI / 4), 0.005)).toBe(true);
  expect(apart(at(0, 0), at(0.5 + Math.SQRT1_2 - 0.01, Math.PI / 4), 0)).toBe(false);
});
