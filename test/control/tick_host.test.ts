/** The real tick thread: ticks are counted, in order, and commands reach the main thread. */
import { afterEach, describe, expect, it } from 'vitest';
import { ControlMemory, Request, Status, TICK_RECORD } from '../../src/control/control_memory.js';
import { MemoryWriter } from '../../src/control/memory_writer.js';
import { TickHost } from '../../src/control/tick_host.js';
import { steadyNow } from '../../src/core/clock.js';
import { LIMITS } from './loop_rig.js';

const OPTIONS = { limits: LIMITS, longestPeriod: 0.1, startExcess: 0.1, jump: 0.5, future: 0.1 };
/** As built: a thread cannot run the sources. */
const SCRIPT = new URL('../../dist/control/tick_thread.js', import.meta.url);
let host: TickHost | undefined;
afterEach(() => host?.stop());

async function until(condition: () => boolean, what: string): Promise<void> {
  for (let i = 0; i < 2000; i++) {
    if (condition()) return;
    await new Promise((wake) => setTimeout(wake, 5));
  }
  throw new Error(`no ${what}`);
}

function start(onTick: () => void, onFault: (error: Error) => void = () => {}): ControlMemory {
  const memory = new ControlMemory(2, 16);
  memory.writeSettings({ blendS: 0, cubic: 1, jointStateTimeoutS: 5, chunkTimeoutS: 10 });
  host = new TickHost(SCRIPT, memory, OPTIONS, 0.002, onTick, onFault);
  return memory;
}

describe('the tick thread', () => {
  it('ticks by itself and records every tick once, in the order of time', async () => {
    let woken = 0;
    const memory = start(() => woken++);
    await until(() => (memory.status[Status.ticks] ?? 0) >= 100, 'ticks');
    await host?.stop();
    host = undefined;
    const ticks = memory.status[Status.ticks] ?? 0;
    const rows = new Float64Array(4096 * TICK_RECORD.width);
    expect(memory.records.drain(rows)).toBe(ticks);
    const times = Array.from({ length: ticks }, (_, i) => rows[i * TICK_RECORD.width] ?? 0);
    expect(times.every((time, i) => i === 0 || time > (times[i - 1] ?? 0))).toBe(true);
    expect(woken).toBeGreaterThan(0);
    expect(woken).toBeLessThanOrEqual(ticks);
  });

  it('begins at an activation, executes a chunk to its last step, and ends at rest', async () => {
    const position = Float64Array.of(0, 0);
    let commands = 0;
    const memory: ControlMemory = start(() => {
      const command = memory.command.receive();
      if (command === undefined) return;
      commands++;
      position.set(command.positions);
    });
    const writer = new MemoryWriter(memory);
    const timer = setInterval(() => {
      const now = steadyNow();
      writer.jointState(now, now, position, new Float64Array(2));
    }, 5);
    try {
      const asked = memory.ask(Request.activate);
      await until(() => memory.status[Status.answered] === asked, 'answer');
      expect(memory.status[Status.started]).toBe(1);
      // The steps end at rest, so what is commanded last is the last step.
      const steps = [0, 0.01, 0.04, 0.09, 0.14, 0.17, 0.18, 0.18, 0.18];
      const positions = Float64Array.from(steps.flatMap((q) => [q, -q]));
      const times = Float64Array.from(steps, (_, i) => i * 0.1);
      writer.chunk(steadyNow(), steps.length, times, positions);
      await until(() => Math.abs((position[0] ?? 0) - 0.18) < 1e-6, 'end of the chunk');
      expect(position[1]).toBeCloseTo(-0.18, 5);
      memory.ask(Request.deactivate);
      await until(() => memory.status[Status.phase] === 0, 'inactive');
      const before = commands;
      const ticks = memory.status[Status.ticks] ?? 0;
      await until(() => (memory.status[Status.ticks] ?? 0) > ticks + 20, 'ticks');
      expect(commands).toBeLessThanOrEqual(before + 1);
    } finally {
      clearInterval(timer);
    }
  });

  it('tells when it dies', async () => {
    const faults: Error[] = [];
    const memory = new ControlMemory(2, 16);
    host = new TickHost(
      SCRIPT,
      memory,
      { ...OPTIONS, limits: [] },
      0.002,
      () => {},
      (error) => faults.push(error),
    );
    await until(() => faults.length > 0, 'fault');
    expect(faults[0]?.message).toContain('no joint has limits');
  });
});
