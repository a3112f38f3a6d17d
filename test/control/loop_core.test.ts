/** The loop core on a fake time: activation, chunks, holding, stopping, e-stop, faults. */
import { describe, expect, it } from 'vitest';
import { Request, Status, TICK_RECORD } from '../../src/control/control_memory.js';
import { Fault } from '../../src/safety/failsafe.js';
import { LoopRig } from './loop_rig.js';

const FAR = [0.1, 0.3, 0.5, 0.7, 0.9, 1.1, 1.2, 1.3, 1.4, 1.5];

function moving(): LoopRig {
  const rig = new LoopRig();
  expect(rig.activate()).toBe(true);
  rig.chunk(FAR);
  rig.ticks(30);
  expect(rig.phase).toBe('active');
  expect(rig.velocity[0]).toBeGreaterThan(0.5);
  return rig;
}

describe('the control loop', () => {
  it('commands nothing before it is activated, chunks or not', () => {
    const rig = new LoopRig();
    rig.ticks(3);
    rig.chunk(FAR);
    rig.ticks(20);
    expect(rig.commands.every((command) => command === undefined)).toBe(true);
    expect(rig.phase).toBe('inactive');
  });

  it('holds where the robot is from the activation to the first chunk', () => {
    const rig = new LoopRig();
    rig.activate();
    rig.ticks(5);
    expect(rig.phase).toBe('hold');
    expect(rig.faults).toEqual(['chunk_missing']);
    expect(rig.commands.at(-1)).toEqual([0.1, -0.2]);
  });

  it('is not activated without a joint state that is newer than the request', () => {
    const rig = new LoopRig();
    rig.report();
    rig.reporting = false;
    expect(rig.activate()).toBe(false);
    expect(rig.faults).toContain('joint_state_missing');
    rig.reporting = true;
    expect(rig.activate()).toBe(true);
  });

  it('refuses to start far outside a joint range, and names the joint', () => {
    const rig = new LoopRig();
    rig.position[1] = -2.5;
    expect(rig.activate()).toBe(false);
    expect(rig.faults).toContain('start_refused');
    expect(rig.memory.status[Status.about]).toBe(1);
  });

  it('drops a chunk that was observed before the activation', () => {
    const rig = new LoopRig();
    rig.activate();
    rig.chunk(FAR, rig.now - 0.1);
    rig.ticks(5);
    expect(rig.phase).toBe('hold');
    expect(rig.memory.status[Status.chunks + 1]).toBe(1);
  });

  it('decelerates and holds when the chunk runs out, and goes on with the next one', () => {
    const rig = moving();
    rig.until('hold');
    rig.ticks(60);
    const rest = rig.commands.at(-1);
    rig.ticks(10);
    expect(rig.commands.at(-1)).toEqual(rest);
    rig.chunk([1, 0.8, 0.6, 0.4, 0.2]);
    rig.ticks(20);
    expect(rig.phase).toBe('active');
    expect(rig.velocity[0]).toBeLessThan(-0.1);
  });

  it('holds at once when a chunk is refused, until a good one comes', () => {
    const rig = moving();
    expect(() => rig.chunk([0.5, Number.NaN, 0.7])).toThrow(/not finite/);
    rig.tick();
    expect(rig.phase).toBe('hold');
    expect(rig.faults).toContain('chunk_rejected');
    rig.chunk(FAR.map((q) => q + (rig.position[0] ?? 0)));
    rig.ticks(2);
    expect(rig.phase).toBe('active');
    expect(rig.faults).toEqual([]);
  });

  it('holds when a chunk asks for what must be another unit', () => {
    const rig = moving();
    rig.chunk([30, 40, 50, 60]);
    rig.ticks(10);
    expect(rig.phase).toBe('hold');
    expect(rig.faults).toContain('command_rejected');
  });

  it('stops a chunk whose observation has become too old', () => {
    const rig = moving();
    rig.memory.writeSettings({
      blendS: 0.1,
      cubic: 1,
      jointStateTimeoutS: 0.2,
      chunkTimeoutS: 0.4,
    });
    rig.ticks(15);
    expect(rig.phase).toBe('hold');
    expect(rig.faults).toContain('chunk_stale');
  });

  it('stops and turns inactive when joint states stop coming, and wants a new activation', () => {
    const rig = moving();
    rig.reporting = false;
    rig.until('inactive');
    expect(rig.faults).toContain('joint_state_stale');
    expect(rig.velocity[0]).toBe(0);
    rig.reporting = true;
    rig.chunk(FAR);
    rig.ticks(20);
    expect(rig.phase).toBe('inactive');
    expect(rig.activate()).toBe(true);
  });

  it('stops when a joint is where it cannot have moved to', () => {
    const rig = moving();
    rig.position[0] = -1;
    rig.tick();
    expect(rig.phase).toBe('stopping');
    expect(rig.faults).toContain('joint_state_jump');
  });

  it('stops when a joint does not follow, where that is watched', () => {
    const rig = new LoopRig({ followingError: 0.2 });
    rig.activate();
    rig.chunk(FAR);
    for (let i = 0; i < 60 && rig.phase !== 'inactive'; i++) {
      rig.tick();
      rig.position.set([0.1, -0.2]);
    }
    expect(rig.phase).toBe('inactive');
    expect(rig.faults).toContain('following_error');
  });

  it('keeps the e-stop through chunks and activations; the reset moves nothing', () => {
    const rig = moving();
    rig.memory.ask(Request.eStop);
    rig.tick();
    expect(rig.phase).toBe('e_stop');
    expect(rig.memory.status[Status.resting]).toBe(0);
    rig.ticks(100);
    expect(rig.phase).toBe('e_stop');
    expect(rig.memory.status[Status.resting]).toBe(1);
    const rest = rig.commands.at(-1);
    expect(rig.velocity[0]).toBe(0);
    rig.chunk(FAR);
    expect(rig.activate()).toBe(false);
    rig.ticks(10);
    expect(rig.commands.at(-1)).toEqual(rest);
    rig.memory.ask(Request.reset);
    rig.ticks(2);
    expect(rig.phase).toBe('inactive');
    rig.chunk(FAR);
    rig.ticks(20);
    expect(rig.phase).toBe('inactive');
    expect([...rig.position]).toEqual(rest);
    expect(rig.activate()).toBe(true);
  });

  it('lets the e-stop win over a reset that comes in the same tick', () => {
    const rig = moving();
    rig.memory.ask(Request.eStop);
    rig.ticks(3);
    rig.memory.ask(Request.reset);
    rig.memory.ask(Request.eStop);
    rig.ticks(3);
    expect(rig.phase).toBe('e_stop');
  });

  it('decelerates on deactivation, then commands nothing more', () => {
    const rig = moving();
    rig.memory.ask(Request.deactivate);
    rig.tick();
    expect(rig.phase).toBe('stopping');
    rig.until('inactive');
    expect(rig.velocity[0]).toBe(0);
    expect(rig.tick()).toBeUndefined();
  });

  it('stops for a fault that the main thread finds', () => {
    const rig = moving();
    rig.memory.setFault(Fault.secondPublisher, true);
    rig.until('inactive');
    rig.memory.setFault(Fault.secondPublisher, false);
    rig.tick();
    expect(rig.faults).toContain('second_publisher');
  });

  it('counts a pause of 200 ms for no more than the longest period: no burst after it', () => {
    const rig = moving();
    const before = rig.position[0] ?? 0;
    rig.tick(0.2);
    expect((rig.position[0] ?? 0) - before).toBeLessThanOrEqual(3 * 0.03 + 1e-9);
    expect(rig.faults).toContain('period');
  });

  it('moves nothing when the time does not advance or goes back', () => {
    const rig = moving();
    const before = [...rig.position];
    for (const period of [0, -1, Number.NaN]) {
      rig.core.tick(rig.now, period, 0);
      expect([...(rig.memory.command.receive()?.positions ?? [])]).toEqual(before);
    }
  });

  it('applies new settings between two ticks', () => {
    const rig = moving();
    rig.memory.writeSettings({ blendS: 0, cubic: 0, jointStateTimeoutS: 0.2, chunkTimeoutS: 2 });
    rig.ticks(5);
    expect(rig.phase).toBe('active');
  });

  it('records every tick, with the latency of a chunk at its first use only', () => {
    const rig = moving();
    const rows = new Float64Array(4096 * TICK_RECORD.width);
    const count = rig.memory.records.drain(rows);
    expect(count).toBe(rig.commands.length);
    const column = (field: number) =>
      Array.from({ length: count }, (_, i) => rows[i * TICK_RECORD.width + field] as number);
    const latencies = column(TICK_RECORD.observationToCommand).filter((x) => !Number.isNaN(x));
    expect(latencies).toHaveLength(1);
    expect(latencies[0]).toBeCloseTo(0.01, 9);
    expect(Math.max(...column(TICK_RECORD.violations))).toBe(0);
  });

  it('keeps velocity limits across a jump between two chunks', () => {
    const rig = moving();
    rig.chunk(FAR.map((q) => -q));
    let last = rig.position[0] ?? 0;
    for (let i = 0; i < 80; i++) {
      const now = rig.tick()?.[0] ?? last;
      expect(Math.abs(now - last)).toBeLessThanOrEqual(0.03 + 1e-9);
      last = now;
    }
    expect(last).toBeLessThan(0);
  });
});
