/** Processes that are killed with -9 in mid-motion, under `sinew up`: what stops, what comes back. */
import { describe, expect, it } from 'vitest';
import { secondsOf } from '../../src/ros/stamp.js';
import { type Child, processBelow } from './child.js';
import { shareUntilFailure } from './fresh.js';
import { Harness, JOINTS, SETUP } from './harness.js';
import { PATIENCE_S } from './until.js';

const PAN = JOINTS.indexOf('shoulder_pan');
/** Of the test package's chunks. */
const STEPS_PER_S = 15;
/** Of positions, since a tick that comes late goes further, rad. */
const TOLERANCE = 0.01;
/** Commands before rest among which the end of the chunk is looked for: 0.2 s of them. */
const WINDOW = 20;
let harness: Harness;
let up: Child;

function positionOfPan({ positions }: { positions: Float64Array }): number {
  return positions[PAN] ?? Number.NaN;
}

/** Kills the process `name` with -9 and waits until its successor is there. */
async function kill(name: string): Promise<void> {
  const before = processBelow(up.pid, name);
  if (before === undefined) throw new Error(`no process ${name}`);
  process.kill(before, 'SIGKILL');
}

function successor(name: string): Promise<void> {
  return harness.until(
    () => up.said(new RegExp(`supervisor: ${name} was killed by SIGKILL`)),
    `word of the end of ${name}`,
  );
}

async function moving(): Promise<void> {
  const start = harness.commanded('shoulder_pan');
  await harness.until(() => !(Math.abs(harness.commanded('shoulder_pan') - start) < 0.2), 'motion');
}

shareUntilFailure(
  async () => {
    harness = await Harness.open();
    // So slow that what was killed does not come back before it is missed.
    const times = ['supervisor.restart_delay_s=8', 'controller.joint_state_timeout_s=3'];
    const options = times.flatMap((value) => ['--set', value]);
    up = harness.run('up', '--config', SETUP, '--headless', ...options);
    await harness.until(() => harness.commands.length > 0, 'commands');
  },
  () => harness?.close(),
);

describe('kill -9', () => {
  it('of the policy: the arm goes on to the end of the chunk, holds, and moves on later', async () => {
    const from = harness.commands.length;
    await moving();
    const chunks = harness.chunks.length;
    await kill('policy');
    await harness.until(() => harness.resting(30), 'hold');
    // It goes as far as the last chunk does, and rests before it would be 100 ms further at that speed.
    const [before, end] = (harness.chunks.at(-1)?.points ?? []).slice(-2).map(positionOfPan);
    if (before === undefined || end === undefined) throw new Error('no chunk');
    const furthest = 0.1 * Math.abs(end - before) * STEPS_PER_S + TOLERANCE;
    const pan = harness.commands.slice(from).map((row) => row[PAN] ?? Number.NaN);
    const moved = pan.slice(0, pan.findLastIndex((q) => q !== pan.at(-1)) + 2);
    const off = moved.slice(-WINDOW).map((q) => Math.abs(q - end));
    const nearest = off.indexOf(Math.min(...off));
    expect(off[nearest]).toBeLessThan(2 * TOLERANCE);
    expect(Math.max(...off.slice(nearest))).toBeLessThan(furthest);
    expect(await harness.controller.state(PATIENCE_S)).toBe('active');

    await successor('policy');
    await harness.until(() => harness.chunks.length > chunks + 2, 'chunks of the new policy');
    await moving();
  });

  it('of the controller: the simulator stops the arm, and the new controller waits', async () => {
    await moving();
    await kill('controller');
    await successor('controller');
    await harness.reached(harness.controller, 'inactive');
    await harness.until(() => harness.speed() < 0.005, 'rest of the arm');
    const from = harness.jointStates.length;
    await harness.until(() => harness.jointStates.length > from + 100, 'joint states');
    const [first, ...later] = harness.jointStates.slice(from);
    for (const state of later) {
      for (const [j, q] of state.position.entries()) {
        expect(Math.abs(q - (first?.position[j] ?? Number.NaN))).toBeLessThan(0.002);
      }
    }
    await harness.diagnosed('simulator: simulation', 'message', /commands: holding/);
    expect(await harness.controller.state(PATIENCE_S)).toBe('inactive');
    // Chunks kept coming all the time, and moved nothing.
    const newest = harness.chunks.at(-1);
    expect(newest && secondsOf(newest.header.stamp)).toBeGreaterThan(
      secondsOf(first?.header.stamp ?? { sec: 0, nanosec: 0 }),
    );
    const commands = harness.commands.length;
    await harness.activate(harness.controller);
    await harness.until(() => harness.commands.length > commands, 'commands');
    await moving();
  });

  it('of the simulator: the controller stops and waits for a new activation', async () => {
    await kill('simulator');
    await harness.reached(harness.controller, 'inactive');
    await successor('simulator');
    const states = harness.jointStates.length;
    await harness.until(() => harness.jointStates.length > states + 20, 'joint states');
    await harness.diagnosed('controller: inputs', 'message', /all there/);
    expect(await harness.controller.state(PATIENCE_S)).toBe('inactive');
    await harness.reached(harness.policy, 'active');
    await harness.activate(harness.controller);
    await moving();
  });

  it('of all this leaves a stack that Ctrl-C ends in order', async () => {
    const from = up.lines.length;
    up.kill('SIGINT');
    expect(await up.ended()).toEqual({ code: 0, signal: null });
    const ends = up.lines.slice(from).filter((line) => /supervisor: \w+ exited/.test(line));
    expect(ends.map((line) => line.replace(/^.*supervisor: /, ''))).toEqual([
      'controller exited with code 0',
      'policy exited with code 0',
      'simulator exited with code 0',
    ]);
  });
});
