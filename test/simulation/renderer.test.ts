// The cameras: depth against MuJoCo's own rays, projection, colours, shadows.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RobotDescription } from '../../src/description/robot_description.js';
import { composePoses, intrinsicsOf, opticalPose } from '../../src/simulation/camera_model.js';
import { POSE } from '../../src/simulation/render_scene.js';
import { Renderer } from '../../src/simulation/renderer.js';
import { cubeOnTable } from '../../src/simulation/scene_random.js';
import { World } from '../../src/simulation/world.js';
import { createWorld, robot, scene } from './arm.js';

let world: World;
const pixels = new Uint8Array(96 * 96 * 3);

beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.dispose());

/** Where a point of the world is in the picture of the front camera, pixels. */
function project(point: readonly [number, number, number]): { u: number; v: number } {
  const camera = scene.cameras.find((c) => c.name === 'front');
  if (camera === undefined) throw new Error('no front camera');
  const pose = opticalPose(camera);
  const { fx, fy, cx, cy } = intrinsicsOf(camera);
  const d = point.map((value, i) => value - (pose[i] ?? 0));
  const along = (axis: number) =>
    d.reduce((sum, value, row) => sum + value * (pose[3 + row * 3 + axis] ?? 0), 0);
  return { u: (along(0) / along(2)) * fx + cx, v: (along(1) / along(2)) * fy + cy };
}

function colorAt(u: number, v: number): [number, number, number] {
  const at = (Math.floor(v) * 96 + Math.floor(u)) * 3;
  return [pixels[at] ?? 0, pixels[at + 1] ?? 0, pixels[at + 2] ?? 0];
}

/** Centre of all pixels that are clearly red. */
function redCentre(): { u: number; v: number; count: number } {
  let [u, v, count] = [0, 0, 0];
  for (let y = 0; y < 96; y++) {
    for (let x = 0; x < 96; x++) {
      const [red, green, blue] = colorAt(x, y);
      if (red < 80 || red < 2.5 * Math.max(green, blue)) continue;
      u += x + 0.5;
      v += y + 0.5;
      count++;
    }
  }
  return { u: u / count, v: v / count, count };
}

describe('what the cameras see', () => {
  test('every pixel is as deep as MuJoCo’s own ray finds it', async () => {
    // Without visual shapes the collision shapes are drawn, which are MuJoCo's geoms.
    const links = new Map([...robot.links].map(([name, link]) => [name, { ...link, visuals: [] }]));
    const bare: RobotDescription = { ...robot, links };
    const table = {
      ...scene.table,
      x: [-2, 2] as [number, number],
      y: [-2, 2] as [number, number],
    };
    const plain = await World.create({ robot: bare, scene: { ...scene, table } });
    plain.reset(2);
    plain.setPositions([0.2, -0.2, 0.5, 1.2, 0.4, 0.5]);
    const renderer = new Renderer(plain.renderScene);
    const snapshot = new Float64Array(plain.snapshotLength);
    plain.snapshot(snapshot);
    let compared = 0;
    let worst = 0;
    for (const [index, camera] of scene.cameras.entries()) {
      renderer.render(snapshot, index, pixels);
      const { fx, fy, cx, cy } = intrinsicsOf(camera);
      const at = renderer.layout.cameras + index * POSE;
      const pose = snapshot.subarray(at, at + POSE);
      for (let v = 0; v < 96; v += 3) {
        for (let u = 0; u < 96; u += 3) {
          const ray = [(u + 0.5 - cx) / fx, (v + 0.5 - cy) / fy, 1];
          const length = Math.hypot(...ray);
          const direction = [0, 1, 2].map((row) =>
            ray.reduce((sum, value, c) => sum + (value * (pose[3 + row * 3 + c] ?? 0)) / length, 0),
          );
          const distance = plain.physics.ray([...pose.subarray(0, 3)], direction) / length;
          const depth = renderer.depthAt(u, v, index);
          if (distance === Number.POSITIVE_INFINITY) {
            expect(depth).toBe(Number.POSITIVE_INFINITY);
            continue;
          }
          worst = Math.max(worst, Math.abs(depth - distance));
          compared++;
        }
      }
    }
    plain.dispose();
    expect(compared).toBeGreaterThan(1500);
    // The target disc is drawn 0.4 mm thick and is no geom; all else agrees far better.
    expect(worst).toBeLessThan(0.001);
  });

  test('the red cube is where projection says, at any place and rotation', () => {
    for (const [seed, yaw] of [0, 0.4, 0.8, -1.2, 3].entries()) {
      world.reset(seed);
      world.setPositions([0, -1.7, 1.6, 0.5, 0, 0.6]);
      const [x, y] = world.cubePose();
      const pose = cubeOnTable(scene, x ?? 0, y ?? 0, yaw);
      world.setCubePose(pose);
      world.render('front', pixels);
      const expected = project(pose.position);
      const seen = redCentre();
      expect(seen.count).toBeGreaterThan(15);
      expect(Math.hypot(seen.u - expected.u, seen.v - expected.v)).toBeLessThan(1);
    }
  });

  test('the target is green at its place', () => {
    world.reset(0);
    world.render('front', pixels);
    const { u, v } = project(world.targetPosition as [number, number, number]);
    const [red, green, blue] = colorAt(u, v);
    expect(green).toBeGreaterThan(2 * red);
    expect(green).toBeGreaterThan(2 * blue);
  });

  test('the cube throws a shadow away from the sun', async () => {
    const direction: [number, number, number] = [0.6, 0.2, -0.8];
    const lights = { ...scene.lights, sun: { ...scene.lights.sun, direction } };
    const sunny = await createWorld({ lights });
    const [sx, sy, sz] = direction;
    const height = 0.05;
    const reach = (height - scene.table.height) / -sz;
    const below = project([0.22 + sx * reach, -0.05 + sy * reach, scene.table.height]);
    sunny.setPositions([0, -1.7, 1.6, 0.5, 0, 0.6]);
    sunny.setCubePose(cubeOnTable(scene, 0.28, -0.2, 0));
    sunny.render('front', pixels);
    const lit = colorAt(below.u, below.v);
    sunny.setCubePose({ position: [0.22, -0.05, height], quaternion: [1, 0, 0, 0] });
    sunny.render('front', pixels);
    const shaded = colorAt(below.u, below.v);
    sunny.dispose();
    for (const [channel, value] of shaded.entries()) {
      const share = value / (lit[channel] ?? 0);
      expect(share).toBeLessThan(0.7);
      expect(share).toBeGreaterThan(0.2);
    }
  });

  test('the wrist camera sees a cube between the jaws in the middle of its picture', () => {
    world.reset(0);
    world.setPositions([0, -0.2, 0.65, 1.12, 0, 0.13]);
    const body = world.physics.id('body', 'grasp_link') * 3;
    const { xpos } = world.physics.views;
    world.setCubePose(cubeOnTable(scene, xpos[body] ?? 0, xpos[body + 1] ?? 0, 0));
    world.render('wrist', pixels);
    const { u, v, count } = redCentre();
    expect(count).toBeGreaterThan(150);
    expect(Math.hypot(u - 48, v - 48)).toBeLessThan(12);
  });

  test('an unknown camera is refused', () => {
    expect(() => world.render('rear', pixels)).toThrow(RangeError);
    expect(() => world.cameraIntrinsics('rear')).toThrow(RangeError);
  });
});

describe('camera poses', () => {
  test('the optical axis points from the position to the point looked at', () => {
    for (const camera of scene.cameras) {
      const pose = opticalPose(camera);
      const distance = Math.hypot(...camera.look_at.map((l, i) => l - (camera.position[i] ?? 0)));
      const ahead = Float64Array.of(0, 0, distance, 1, 0, 0, 0, 1, 0, 0, 0, 1);
      const out = new Float64Array(POSE);
      composePoses(pose, ahead, out, 0);
      for (const [i, value] of camera.look_at.entries()) expect(out[i]).toBeCloseTo(value, 12);
    }
  });

  test('an axis along "up" is refused with the camera’s name', () => {
    const [camera] = scene.cameras;
    if (camera === undefined) throw new Error('no camera');
    const position: [number, number, number] = [0, 0, 0];
    const bad = { ...camera, position, look_at: [0, 1, 0] as typeof position };
    expect(() => opticalPose({ ...bad, up: [0, 2, 0] })).toThrow(/camera wrist/);
  });
});
