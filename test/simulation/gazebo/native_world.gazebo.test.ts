/** The native adapter against a server that speaks as gz-sim does, for each version's names. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { GazeboCameraInfo, GazeboWorld } from '../../../src/simulation/gazebo/gazebo_world.js';
import { connectNative } from '../../../src/simulation/gazebo/native/native_world.js';
import { NATIVE_VERSIONS } from '../../../src/simulation/gazebo/native/versions.js';
import { FakeGzSim } from './fake_gz_sim.js';

const JOINTS = ['a', 'b'];
const UPRIGHT = [0, 0, 0, 1] as const;

describe.each(NATIVE_VERSIONS)('%s', (version) => {
  let server: FakeGzSim;
  let world: GazeboWorld;
  const options = {
    version,
    world: 'w',
    model: 'm',
    joints: JOINTS,
    cameras: [{ name: 'front', topic: '/camera/front/image_raw', horizontalFov: 1 }],
    tracked: ['cube'],
    timestep: 0.001,
    partition: `sim-${version}`,
    address: '127.0.0.1',
  };

  beforeEach(async () => {
    server = await FakeGzSim.start(version, `sim-${version}`, JOINTS);
    world = await connectNative(options);
  });
  afterEach(async () => {
    await world.close();
    await server.stop();
  });

  test('joints follow commands, steps are exact, a reset begins time anew', async () => {
    await world.command([0.5, -0.25]);
    const before = world.joints.time;
    const state = await world.step(10);
    expect(Math.round((state.time - before) / 0.001)).toBe(10);
    expect([...state.positions]).toEqual([0.5, -0.25]);
    expect([...state.efforts]).toEqual([0.5, 0.5]);
    const first = await world.reset({ seed: 7, positions: [0.1, 0.2] });
    expect(server.seeds).toEqual([7]);
    expect([...first.positions]).toEqual([0.1, 0.2]);
    expect(first.time).toBeLessThan(0.2);
    await world.pause(false);
    expect(world.clock.paused).toBe(false);
    await world.pause(true);
    expect(world.clock.paused).toBe(true);
  });

  test('pictures, intrinsics and models arrive as they are', async () => {
    const info = new Promise<GazeboCameraInfo>((resolve) => {
      world.onCameraInfo('front', resolve);
    });
    world.onImage('front', () => undefined);
    await world.spawn('cube', '<sdf/>', { position: [1, 2, 3], quaternion: UPRIGHT });
    const refused = world.spawn('cube', '<sdf/>', { position: [0, 0, 0], quaternion: UPRIGHT });
    await expect(refused).rejects.toThrow('refused');
    await world.move('cube', { position: [4, 5, 6], quaternion: UPRIGHT });
    // A subscription takes a moment: step until the first picture is there.
    let image = world.imageAt('front', 0.01);
    let come = false;
    void image.then(() => {
      come = true;
    });
    while (!come) await world.step(10);
    image = world.imageAt('front', 0.01);
    expect(await image).toMatchObject({ width: 2, height: 1, stride: 6, encoding: 'rgb8' });
    expect([...(await image).data]).toEqual([255, 0, 0, 0, 255, 0]);
    expect(world.pose('cube')?.position).toEqual([4, 5, 6]);
    while (!(await Promise.race([info.then(() => true), world.step(10).then(() => false)])));
    expect((await info).camera).toBe('front');
    await world.remove('cube');
    expect(world.counters.malformed).toBe(0);
  });

  test('a server that is gone is noticed', async () => {
    const gone = new Promise<boolean>((resolve) => {
      world.onConnection(resolve);
    });
    await server.stop();
    expect(await gone).toBe(false);
    expect(world.connected).toBe(false);
  });
});

test('a world that nobody has is said to be missing', async () => {
  const connecting = connectNative({
    version: 'harmonic',
    world: 'w',
    model: 'm',
    joints: JOINTS,
    cameras: [],
    timestep: 0.001,
    partition: 'nobody',
    address: '127.0.0.1',
    timeout: 1,
  });
  await expect(connecting).rejects.toThrow(/no word of world 'w' within 1 s/);
});
