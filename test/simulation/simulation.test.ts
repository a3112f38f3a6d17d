// The simulation as it runs in its process: what is due when, with pictures from the render thread.
import { afterEach, expect, test } from 'vitest';
import { simulatorSection } from '../../src/simulation/config.js';
import { FrameRenderer } from '../../src/simulation/frame_renderer.js';
import { RealTimePacer } from '../../src/simulation/real_time_pacer.js';
import { Simulation, type SimulationSink } from '../../src/simulation/simulation.js';
import { World } from '../../src/simulation/world.js';
import { robot, waving } from './arm.js';

const config = simulatorSection.parse({});
// Worker threads run what was built; `npm test` builds first.
const script = new URL('../../dist/simulation/render_worker.js', import.meta.url);

type Event = readonly [kind: 'joints' | 'frames' | 'truth', stamp: number, data: number[]];

interface Rig {
  readonly simulation: Simulation;
  readonly renderer: FrameRenderer;
  readonly events: Event[];
}

const rigs: Rig[] = [];

async function createRig(): Promise<Rig> {
  const world = await World.create({ robot, scene: config.scene });
  const fault = (error: Error) => {
    throw error;
  };
  const renderer = await FrameRenderer.create(
    world.renderScene,
    world.snapshotLength,
    fault,
    script,
  );
  const events: Event[] = [];
  const sink: SimulationSink = {
    stamp: (time) => 10 + time,
    jointState: (stamp) => events.push(['joints', stamp, [...world.positions]]),
    frames: (stamp) => events.push(['frames', stamp, renderer.images.flatMap((i) => [...i])]),
    truth: (stamp) => events.push(['truth', stamp, [...world.cubePose()]]),
  };
  const rig = { simulation: new Simulation(world, config, renderer, sink), renderer, events };
  rigs.push(rig);
  return rig;
}

afterEach(async () => {
  for (const { renderer, simulation } of rigs.splice(0)) {
    await renderer.close();
    simulation.world.dispose();
  }
});

/** Drives a rig for 0.4 s by commands at 100 Hz, as in lock-step. */
async function drive({ simulation, events }: Rig, seed: number): Promise<Event[]> {
  events.length = 0;
  simulation.reset(seed);
  await simulation.idle();
  const { world } = simulation;
  const start = Float64Array.from(world.positions);
  for (let i = 0; i < 40; i++) {
    simulation.command(waving(start, world.time), Float64Array.of(0), 1);
    await simulation.advanceInOrder(5);
  }
  return [...events];
}

test('in order, the same seed and commands give the same stamps, states and pictures twice', async () => {
  const first = await createRig();
  const second = await createRig();
  const events = await drive(first, 8);
  expect(await drive(second, 8)).toEqual(events);
  expect(await drive(first, 8)).toEqual(events);

  const stamps = (kind: Event[0]) => events.filter(([k]) => k === kind).map(([, stamp]) => stamp);
  // 0.4 s: joint states at 0, 10, … 400 ms and with each frame set, of which one is at 100·k ms.
  const frames = Array.from({ length: 13 }, (_, k) => 10 + Math.round(k / 30 / 0.002) * 0.002);
  expect(stamps('frames')).toEqual(frames.map((stamp) => expect.closeTo(stamp, 9)));
  expect(stamps('joints').length).toBe(41 + 13 - 5);
  expect(stamps('joints')).toEqual(expect.arrayContaining(stamps('frames')));
  expect(stamps('truth').length).toBe(9);
  expect(first.simulation.frameStamp).toBeCloseTo(10.4, 9);
  expect(first.simulation.droppedFrames).toBe(0);
});

test('after a reset only pictures of the new episode are handed out', async () => {
  const { simulation, events } = await createRig();
  simulation.reset(1);
  simulation.reset(2);
  await simulation.idle();
  const frames = events.filter(([kind]) => kind === 'frames');
  expect(frames.length).toBe(1);
  const { world } = simulation;
  const pictures = world.scene.cameras.map(({ name, width, height }) => {
    const picture = new Uint8Array(width * height * 3);
    world.render(name, picture);
    return [...picture];
  });
  expect(frames[0]?.[2]).toEqual(pictures.flat());
});

test('when drawing falls behind, the newest instant is drawn and the older left out', async () => {
  const { simulation, events } = await createRig();
  simulation.reset(1);
  simulation.advance(100);
  await simulation.idle();
  const frames = events.filter(([kind]) => kind === 'frames').map(([, stamp]) => stamp);
  expect(frames).toEqual([10, expect.closeTo(10.2, 9)]);
  expect(simulation.droppedFrames).toBe(5);
});

test('without commands for 100 ms the arm stops on its way and stays', async () => {
  const { simulation } = await createRig();
  simulation.reset(0);
  const { world, watchdog } = simulation;
  const far = Float64Array.from(world.positions, (q, joint) => (joint === 0 ? q + 1.5 : q));
  simulation.command(far, Float64Array.of(1), 1);
  await simulation.advanceInOrder(45);
  expect(watchdog.state).toBe('following');
  await simulation.advanceInOrder(250);
  expect(watchdog.state).toBe('holding');
  const pan = world.positions[0] ?? Number.NaN;
  // 100 ms and the way to stop from 1.5 rad/s at 20 rad/s².
  expect(pan).toBeGreaterThan(0.14);
  expect(pan).toBeLessThan(1.5 * 0.102 + (1.5 * 1.5) / 40 + 0.01);
  await simulation.advanceInOrder(250);
  expect(Math.abs((world.positions[0] ?? Number.NaN) - pan)).toBeLessThan(1e-3);
});

test('the pacer runs the steps that real time has passed', async () => {
  const { simulation, events } = await createRig();
  const faults: unknown[] = [];
  const pacer = new RealTimePacer(simulation, (action) => {
    try {
      action();
    } catch (error) {
      faults.push(error);
    }
  });
  simulation.reset(0);
  pacer.start();
  const from = performance.now();
  while (events.filter(([kind]) => kind === 'joints').length < 30) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  pacer.stop();
  const passed = (performance.now() - from) / 1000;
  expect(simulation.world.time).toBeLessThanOrEqual(passed + simulation.world.timestep);
  await simulation.idle();
  const { steps } = simulation.world;
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(simulation.world.steps).toBe(steps);
  expect(faults).toEqual([]);
});
