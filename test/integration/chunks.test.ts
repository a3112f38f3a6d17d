/** Chunks, e-stop and rivals on the command topic, at the real controller moving the simulated arm. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Publisher } from '../../src/ros/publisher.js';
import { RosNode } from '../../src/ros/ros_node.js';
import { stampOf } from '../../src/ros/stamp.js';
import type { Child } from './child.js';
import { shareUntilFailure } from './fresh.js';
import { COMMAND_TOPIC, Harness, JOINTS } from './harness.js';
import { PATIENCE_S } from './until.js';

const INPUTS = 'controller: inputs';
/** Time between the steps of a chunk, s. */
const STEP = 0.1;
let harness: Harness;
let controller: Child;
let publisher: Publisher<'trajectory_msgs/msg/JointTrajectory'>;

/** Sends a chunk of positions of shoulder_pan; the other joints stay where they are commanded. */
function send(pan: readonly number[], stamp = harness.clock.now(), joints = JOINTS): void {
  const base = harness.commands.at(-1) ?? new Float64Array(JOINTS.length);
  const none = new Float64Array(0);
  publisher.publish({
    header: { stamp: stampOf(stamp), frame_id: '' },
    joint_names: joints,
    points: pan.map((q, i) => ({
      positions: Float64Array.from(joints, (name) =>
        name === 'shoulder_pan' ? q : (base[JOINTS.indexOf(name)] ?? 0),
      ),
      velocities: none,
      accelerations: none,
      effort: none,
      time_from_start: stampOf(i * STEP),
    })),
  });
}

const pan = () => harness.commanded('shoulder_pan');
/** Steps of `size` rad from where the arm is, away from the nearer end of its range. */
function path(steps: number, size = 0.03): number[] {
  const start = pan();
  const sign = start > 0 ? -1 : 1;
  return Array.from({ length: steps }, (_, i) => start + sign * size * i);
}

async function ticks(count: number): Promise<void> {
  const from = harness.commands.length;
  await harness.until(() => harness.commands.length >= from + count, `${count} commands`);
}

/** In the middle of a chunk that goes on for seconds. */
async function moving(): Promise<void> {
  const start = pan();
  send(path(60));
  await harness.until(() => Math.abs(pan() - start) > 0.1, 'motion');
}

/** Puts the arm back to where it begins, with the controller inactive meanwhile. */
async function restart(): Promise<void> {
  if ((await harness.controller.state(PATIENCE_S)) === 'active') {
    await harness.controller.change('deactivate', PATIENCE_S);
  }
  const reset = harness.node.client('/simulator/reset', 'std_srvs/srv/Trigger');
  expect((await reset.call({}, PATIENCE_S)).success).toBe(true);
  await harness.activate(harness.controller);
  await ticks(20);
}

async function counted(verdict: string): Promise<number> {
  return Number((await harness.diagnosis(INPUTS))[`chunks ${verdict}`]);
}

shareUntilFailure(
  async () => {
    harness = await Harness.open();
    harness.launch('simulator');
    controller = harness.launch('controller', 'controller.chunk_timeout_s=20');
    // Early: a server that has not yet found a client drops its answer.
    harness.node.client('/controller/reset', 'std_srvs/srv/Trigger');
    harness.node.client('/simulator/reset', 'std_srvs/srv/Trigger');
    publisher = harness.node.publisher(
      '/action_chunk',
      'trajectory_msgs/msg/JointTrajectory',
      'command',
    );
    await harness.reached(harness.controller, 'inactive');
    await harness.until(() => publisher.subscriptionCount >= 2, 'readers of chunks');
    // A reader that has not found this writer yet misses what it sends.
    await harness.activate(harness.controller);
    await ticks(1);
    await harness.until(async () => {
      send([pan()]);
      const counts = Object.entries(await harness.diagnosis(INPUTS));
      return counts.some(([key, count]) => key.startsWith('chunks ') && Number(count) > 0);
    }, 'a chunk that was counted');
  },
  () => harness?.close(),
);

// Each test begins with the arm at rest at home, and with the controller active.
beforeEach(async () => {
  await restart();
});

describe('a chunk', () => {
  it('is executed by time to its end, where the arm holds', async () => {
    const steps = path(12);
    send(steps);
    await harness.until(() => Math.abs(pan() - (steps.at(-1) ?? 0)) < 0.002, 'the last step');
    await harness.until(() => harness.resting(), 'hold');
    expect(Math.abs(pan() - (steps.at(-1) ?? 0))).toBeLessThan(0.02);
    await harness.diagnosed('controller: safety', 'faults', /chunk_missing/);
  });

  it('that comes late begins where it should be by now: its elapsed steps are skipped', async () => {
    const activated = harness.clock.now();
    await harness.until(() => harness.clock.now() > activated + 1.2, 'a second of being active');
    const from = pan();
    const first = harness.commands.length;
    // The first second, long gone when the chunk comes, leads the other way.
    const steps = [...Array(11).fill(from - 0.4), ...Array(40).fill(from + 0.3)];
    send(steps, harness.clock.now() - 1.1);
    await harness.until(() => pan() > from + 0.25, 'the steps that remain');
    const lowest = Math.min(...harness.commands.slice(first).map((row) => row[0] ?? Number.NaN));
    expect(lowest).toBeGreaterThan(from - 0.01);
  });

  it('whose steps have all elapsed moves nothing', async () => {
    const activated = harness.clock.now();
    const before = await counted('all steps elapsed');
    await harness.until(() => harness.clock.now() > activated + 0.5, 'time to pass');
    await harness.until(() => harness.resting(), 'rest');
    const at = pan();
    send([at + 0.3, at + 0.3], activated + 0.1);
    await harness.until(async () => (await counted('all steps elapsed')) > before, 'the verdict');
    expect(pan()).toBe(at);
  });

  it('stamped before a reset is dropped, although its steps are still to come', async () => {
    const old = harness.clock.now();
    await restart();
    const verdict = 'stamped before the last activation, reset or e-stop';
    const before = await counted(verdict);
    const at = pan();
    const steps = Array(100).fill(at + 0.4);
    send(steps, old);
    await harness.until(async () => (await counted(verdict)) > before, 'the verdict');
    expect(harness.resting()).toBe(true);
    expect(pan()).toBe(at);
    send(steps.slice(0, 20));
    await harness.until(() => pan() > at + 0.3, 'motion by a new chunk');
  });

  it('stamped in the future is refused', async () => {
    const before = await counted('stamped in the future');
    await harness.until(() => harness.resting(), 'rest');
    const at = pan();
    send(path(20), harness.clock.now() + 30);
    await harness.until(async () => (await counted('stamped in the future')) > before, 'verdict');
    expect(pan()).toBe(at);
  });

  it('with NaN is rejected whole: the arm holds, and the fault has a name', async () => {
    await moving();
    const bad = path(30);
    bad[20] = Number.NaN;
    send(bad);
    await harness.until(() => harness.resting(), 'hold');
    await harness.diagnosed('controller: safety', 'faults', /chunk_rejected/);
    await harness.diagnosed(INPUTS, 'chunk_fault', /NaN|not finite/);
    expect(harness.commands.every((row) => row.every(Number.isFinite))).toBe(true);
    await moving();
  });

  it('binds its joints by name, and is refused when one is missing', async () => {
    const at = pan();
    send(Array(60).fill(at > 0 ? at - 0.3 : at + 0.3), harness.clock.now(), JOINTS.toReversed());
    await harness.until(() => Math.abs(pan() - at) > 0.25, 'motion of the joint that was named');
    const still = (row: Float64Array) => row.slice(1);
    const [first, last] = [harness.commands.at(-100), harness.commands.at(-1)];
    if (first === undefined || last === undefined) throw new Error('no commands');
    for (const [j, q] of still(last).entries()) expect(q).toBeCloseTo(still(first)[j] ?? 0, 2);
    send(path(20), harness.clock.now(), JOINTS.slice(0, 5));
    await harness.diagnosed(INPUTS, 'chunk_fault', /"gripper" is missing/);
    await harness.until(() => harness.resting(), 'hold');
  });
});

describe('a flood of chunks', () => {
  it('does not keep the loop from ticking, and the next good chunk is executed', async () => {
    const taken = await counted('taken');
    const at = pan();
    // In bursts, so that the test's own loop comes to hear the answer as well.
    const flood = setInterval(() => {
      for (let i = 0; i < 60; i++) send([at, at]);
    }, 100);
    try {
      await harness.diagnosed(INPUTS, 'messages_dropped', /^[1-9]/);
      const from = harness.ticks.length;
      await harness.until(() => harness.ticks.length > from + 200, 'ticks');
      await ticks(200);
    } finally {
      clearInterval(flood);
    }
    expect((await counted('taken')) - taken).toBeGreaterThan(20);
    expect(await harness.controller.state(PATIENCE_S)).toBe('active');
    await moving();
  });
});

describe('the e-stop', () => {
  const reset = () =>
    harness.node.client('/controller/reset', 'std_srvs/srv/Trigger').call({}, PATIENCE_S);

  /** Nothing moves while chunks that would move it keep coming. */
  async function deaf(): Promise<void> {
    await harness.until(() => harness.resting(), 'rest');
    const at = pan();
    send(path(40));
    await ticks(50);
    send(path(40));
    await ticks(50);
    expect(pan()).toBe(at);
  }

  it('as a service stops the arm in mid-motion, latched; a reset does not resume', async () => {
    await moving();
    const stop = harness.node.client('/controller/e_stop', 'std_srvs/srv/SetBool');
    expect((await stop.call({ data: true }, PATIENCE_S)).success).toBe(true);
    await deaf();
    await harness.until(() => harness.speed() < 0.01, 'rest of the arm');
    await expect(harness.controller.change('activate', PATIENCE_S)).rejects.toThrow(/refused/);
    expect((await stop.call({ data: false }, PATIENCE_S)).success).toBe(false);
    expect((await reset()).success).toBe(true);
    await harness.reached(harness.controller, 'inactive');
    const inactive = async () => {
      const from = harness.ticks.length;
      await harness.until(() => harness.ticks.length > from + 50, 'ticks');
    };
    // The last commands may still be under way.
    await inactive();
    const count = harness.commands.length;
    send(path(40));
    await inactive();
    expect(harness.commands.length).toBe(count);
  });

  it('as a topic does the same, and cannot be reset while the topic says engaged', async () => {
    await moving();
    const topic = harness.node.publisher('/e_stop', 'std_msgs/msg/Bool', 'reliable');
    await harness.until(() => topic.subscriptionCount > 0, 'a reader of the e-stop');
    topic.publish({ data: true });
    await deaf();
    expect((await reset()).message).toMatch(/still says engaged/);
    topic.publish({ data: false });
    await harness.until(async () => (await reset()).success, 'the reset');
    await harness.reached(harness.controller, 'inactive');
  });
});

describe('a second publisher of commands', () => {
  it('is found and named, stops the arm, and is waited out', async () => {
    await moving();
    const rival = await RosNode.create({ name: 'rival', domainId: harness.domain.id });
    try {
      rival.publisher(COMMAND_TOPIC, 'std_msgs/msg/Float64MultiArray', 'command');
      await harness.reached(harness.controller, 'inactive');
      await harness.until(() => controller.said(/also published by \/rival/), 'its name');
      await harness.diagnosed(INPUTS, 'message', /also published by \/rival/);
      await expect(harness.controller.change('activate', PATIENCE_S)).rejects.toThrow(/refused/);
    } finally {
      await rival.close();
    }
    await harness.activate(harness.controller);
    await moving();
  });
});

describe('SIGTERM in mid-motion', () => {
  it('brings the arm to rest before the controller leaves', async () => {
    await moving();
    controller.kill('SIGTERM');
    expect(await controller.ended()).toEqual({ code: 0, signal: null });
    await harness.until(() => harness.speed() < 0.005, 'rest of the arm');
    const atRest = () => {
      const [before, last] = harness.commands.slice(-2);
      return Math.abs((last?.[0] ?? 1) - (before?.[0] ?? 0)) < 0.002;
    };
    await harness.until(atRest, 'a last command at rest');
  });
});
