/** The Classic adapter against a real Gazebo Classic 11 server. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectClassic } from '../../../src/simulation/gazebo/classic/classic_world.js';
import { findManager } from '../../../src/simulation/gazebo/classic/introspection.js';
import { emptyCodec, paramListCodec } from '../../../src/simulation/gazebo/classic/tcp_messages.js';
import type {
  GazeboClock,
  GazeboImage,
  GazeboJointState,
  GazeboWorld,
} from '../../../src/simulation/gazebo/gazebo_world.js';
import { TransportNode } from '../../../src/simulation/gazebo/transport/transport_node.js';
import { type ArmServer, armOptions, launchArm, startArm } from './classic_server.js';

const MS = 0.001;
const START = Float64Array.of(0.4, -0.6);

/** The next value that a listener is given and that fits. */
function next<T>(on: (listener: (value: T) => void) => () => void, fits = (_: T) => true) {
  return new Promise<T>((resolve) => {
    const stop = on((value) => {
      if (!fits(value)) return;
      stop();
      resolve(value);
    });
  });
}

async function connectionLost(world: GazeboWorld): Promise<void> {
  if (world.connected)
    await next<boolean>(
      (l) => world.onConnection(l),
      (there) => !there,
    );
}

describe('a real Gazebo Classic server', () => {
  let arm: ArmServer;
  let world: GazeboWorld;

  beforeAll(async () => {
    arm = await startArm('one', 11346, { cameras: true });
    world = arm.world;
  });
  afterAll(async () => arm?.stop());

  test('tells the state of each joint at each physics step while it runs', async () => {
    await world.reset({ seed: 1, positions: START });
    const states: GazeboJointState[] = [];
    const stop = world.onJoints((state) => states.push(state));
    await world.pause(false);
    const from = world.joints.time;
    await next<GazeboJointState>(
      (l) => world.onJoints(l),
      ({ time }) => time > from + 1,
    );
    await world.pause(true);
    stop();
    const [first, last] = [states[0], states.at(-1)];
    const span = (last?.time ?? 0) - (first?.time ?? 0);
    // One a step of 1 ms: 1000 in each simulated second, none lost.
    expect(states.length - 1).toBe(Math.round(span / MS));
    expect(states.length / span).toBeGreaterThan(500);
  });

  test('follows a command to a hundredth of a radian', async () => {
    await world.reset({ seed: 1, positions: START });
    for (const target of [
      [0.8, -0.2],
      [-0.5, 0.7],
    ]) {
      await world.command(target);
      const { positions } = await world.step(3000);
      for (const [i, wanted] of target.entries()) {
        expect(Math.abs((positions[i] ?? Number.NaN) - wanted)).toBeLessThan(0.01);
      }
    }
  });

  test('stands still while paused, and goes on after', async () => {
    await world.pause(true);
    const before = world.joints.time;
    const clocks: GazeboClock[] = [];
    const stop = world.onClock((clock) => clocks.push(clock));
    await next<GazeboClock>((l) => world.onClock(l));
    await next<GazeboClock>((l) => world.onClock(l));
    stop();
    expect(clocks.every(({ time, paused }) => paused && Math.abs(time - before) < 1e-9)).toBe(true);
    await world.pause(false);
    await next<GazeboJointState>(
      (l) => world.onJoints(l),
      ({ time }) => time > before + 0.05,
    );
    await world.pause(true);
    expect(world.clock.paused).toBe(true);
  });

  test('steps by exactly as many physics steps as asked', async () => {
    await world.pause(true);
    for (const n of [1, 10, 7, 123]) {
      const before = world.joints.time;
      const after = await world.step(n);
      expect(Math.round((after.time - before) / MS)).toBe(n);
      expect(world.joints).toBe(after);
    }
  });

  test('puts time back to the start and the joints where they are wanted', async () => {
    await world.command([1, 1]);
    await world.step(500);
    const state = await world.reset({ seed: 3, positions: START });
    expect(state.time).toBeLessThan(0.01);
    expect(state.positions[0]).toBeCloseTo(0.4, 2);
    expect(state.positions[1]).toBeCloseTo(-0.6, 2);
    expect(Math.abs(state.velocities[0] ?? 1)).toBeLessThan(0.2);
    expect(world.pose('cube')?.position[0]).toBeCloseTo(0.5, 3);
  });

  test('gives the same trajectory for the same commands, to the bit', async () => {
    const run = async () => {
      const numbers: number[] = [];
      const keep = ({ time, positions, velocities }: GazeboJointState) =>
        numbers.push(time, ...positions, ...velocities, ...(world.pose('cube')?.position ?? []));
      keep(await world.reset({ seed: 5, positions: START }));
      for (let tick = 0; tick < 60; tick += 1) {
        await world.command([0.4 + 0.3 * Math.sin(tick / 8), -0.6 + 0.2 * Math.cos(tick / 5)]);
        keep(await world.step(10));
      }
      return numbers;
    };
    const first = await run();
    // Something else in between must leave no trace.
    await world.command([-1, 1.5]);
    await world.step(333);
    const second = await run();
    expect(second).toEqual(first);
    expect(new Set(first).size).toBeGreaterThan(200);
  });

  test('shows the red cube where it is, in a picture of the asked size', async () => {
    const stop = world.onImage('front', () => undefined);
    const info = next<{ fx: number; cx: number }>((l) => world.onCameraInfo('front', l));
    await world.reset({ seed: 1, positions: START });
    const { time } = await world.step(200);
    const image = await world.imageAt('front', time - 0.06);
    expect([image.width, image.height, image.encoding]).toEqual([160, 120, 'rgb8']);
    expect(image.data.length).toBe(160 * 120 * 3);
    const { fx, cx } = await info;
    // Its near face is 0.45 m before the camera, its middle 0.05 m to the left.
    expect(redColumns(image).middle).toBeCloseTo(cx - (fx * 0.05) / 0.45, -1);
    await world.move('cube', { position: [0.5, -0.1, 0.05], quaternion: [0, 0, 0, 1] });
    const later = (await world.step(100)).time;
    const moved = redColumns(await world.imageAt('front', later - 0.04));
    expect(moved.middle).toBeCloseTo(cx + (fx * 0.1) / 0.45, -1);
    stop();
  });

  test('measures the distance to the cube with the depth camera', async () => {
    const stop = world.onImage('depth', () => undefined);
    await world.reset({ seed: 1, positions: START });
    const { time } = await world.step(200);
    const image = await world.imageAt('depth', time - 0.06);
    expect([image.width, image.height, image.encoding]).toEqual([80, 60, '32FC1']);
    const view = new DataView(image.data.buffer, image.data.byteOffset);
    const fx = 80 / (2 * Math.tan(0.5));
    const column = Math.round(40 - (fx * 0.05) / 0.45);
    expect(view.getFloat32(30 * image.stride + column * 4, true)).toBeCloseTo(0.45, 2);
    stop();
  });

  test('adds a model, tells where it is, and removes it', async () => {
    await world.pause(true);
    const sdf = `<sdf version="1.6"><model name="any"><static>true</static><link name="l"/></model></sdf>`;
    await world.spawn('ball', sdf, { position: [1, 2, 3], quaternion: [0, 0, 0, 1] });
    await world.step(1);
    expect(world.pose('ball')?.position).toEqual([1, 2, 3]);
    await expect(
      world.spawn('ball', sdf, { position: [0, 0, 0], quaternion: [0, 0, 0, 1] }),
    ).rejects.toThrow("there is a model 'ball' already");
    await world.remove('ball');
    await expect(world.remove('ball')).rejects.toThrow("no model 'ball'");
  });

  test('refuses to connect to a joint that is not there, and says which', async () => {
    const options = { ...armOptions('one', 11346), joints: ['shoulder', 'wrist'], timeout: 3 };
    await expect(connectClassic(options)).rejects.toThrow(/no joint 'wrist'/);
  });

  test('has counted nothing as malformed', () => {
    expect(world.counters.malformed).toBe(0);
    expect(world.counters.wrongVersion).toBe(0);
  });

  test('answers a service of its own transport (8) that this one asks', async () => {
    const node = await TransportNode.open({ partition: 'one', address: '127.0.0.1' });
    const { id } = await findManager(node, 10);
    const request = { codec: emptyCodec, message: {}, repeatable: true };
    const { param } = await node.request(`/introspection/${id}/items`, request, paramListCodec, 10);
    const items = param.map(({ value }) => value?.string_value);
    expect(items).toContain('data://world/default/model/arm/joint/elbow?p=axis/0/double/position');
    await node.close();
  });

  test('goes on being heard after it stood still for so long that it took its listeners for gone', async () => {
    await world.pause(true);
    process.kill(-arm.server.pid, 'SIGSTOP');
    // The fault itself: a peer counts as gone after 3 s of silence.
    await new Promise((resolve) => setTimeout(resolve, 4000));
    process.kill(-arm.server.pid, 'SIGCONT');
    for (let i = 0; i < 5; i += 1) {
      const before = world.joints.time;
      const after = await world.step(10);
      // One more for each state that was not sent.
      expect(Math.round((after.time - before) / MS)).toBeGreaterThanOrEqual(10);
    }
    const before = world.joints.time;
    expect(Math.round(((await world.step(10)).time - before) / MS)).toBe(10);
    expect(world.connected).toBe(true);
  });

  test('keeps another partition beside it apart', async () => {
    const other = await startArm('two', 11347);
    await world.reset({ seed: 1, positions: START });
    await other.world.reset({ seed: 1, positions: [-0.3, 0.2] });
    await world.command([1, 0]);
    await world.step(300);
    const state = await other.world.step(1);
    expect(state.time).toBeLessThan(0.02);
    expect(state.positions[0]).toBeCloseTo(-0.3, 2);
    expect(world.joints.positions[0]).toBeGreaterThan(0.5);
    expect(world.counters.otherPartition).toBeGreaterThan(0);
    await other.stop();
  });

  test('notices that the server was killed, and finds the next one by itself', async () => {
    const gone = connectionLost(world);
    process.kill(-arm.server.pid, 'SIGKILL');
    await gone;
    await expect(world.step(1)).rejects.toThrow('the server is gone');
    await arm.server.ended;
    const back = next<boolean>(
      (l) => world.onConnection(l),
      (there) => there,
    );
    const server = await launchArm('one', 11346, { cameras: true });
    await back;
    arm = { server, world, stop: arm.stop };
    const state = await world.reset({ seed: 1, positions: START });
    expect(state.positions[0]).toBeCloseTo(0.4, 2);
    const pictures = next<GazeboImage>((l) => world.onImage('front', l));
    await world.step(100);
    expect((await pictures).width).toBe(160);
    await world.close();
    await server.stop();
  });
});

/** Columns in which a picture shows red, and their middle. */
function redColumns(image: GazeboImage): { count: number; middle: number } {
  const columns = new Set<number>();
  for (let row = 0; row < image.height; row += 1) {
    for (let column = 0; column < image.width; column += 1) {
      const at = row * image.stride + column * 3;
      const [r = 0, g = 0, b = 0] = image.data.subarray(at, at + 3);
      if (r > 80 && g < 40 && b < 40) columns.add(column);
    }
  }
  const sorted = [...columns].sort((a, b) => a - b);
  const middle = ((sorted[0] ?? Number.NaN) + (sorted.at(-1) ?? Number.NaN)) / 2;
  return { count: sorted.length, middle };
}
