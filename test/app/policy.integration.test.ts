/** The policy process over real ROS 2: what it does when all is well, and when it is not. */
import { truncateSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { PolicyRig, type PolicyRigOptions, stampsOf } from './policy_rig.js';

let rig: PolicyRig | undefined;

async function start(options: Partial<PolicyRigOptions> = {}, state?: string): Promise<PolicyRig> {
  rig = await PolicyRig.start({ fixture: 'tiny_flow', ...options }, state);
  return rig;
}

afterEach(async () => {
  await rig?.stop();
  rig = undefined;
});

describe('the policy process', () => {
  it('publishes chunks stamped with the newest observation, and their timing', async () => {
    const r = await start();
    expect(r.stderr).toContain('ready');
    await r.activate();
    await r.until(() => r.chunks.length >= 5, 'chunks');
    const chunk = r.chunks.at(-1);
    expect(chunk?.joint_names).toEqual(['shoulder_pan', 'shoulder_lift', 'gripper']);
    const due = chunk?.points.map(({ time_from_start: t }) => t.sec + t.nanosec * 1e-9) ?? [];
    for (const [i, time] of due.entries()) expect(time).toBeCloseTo(i / 10, 8);
    expect(chunk?.points.every(({ positions }) => positions.every(Number.isFinite))).toBe(true);
    for (const stamp of stampsOf(r.chunks)) {
      expect(r.frames.some((frame) => Math.abs(frame - stamp) < 1e-6)).toBe(true);
    }
    await r.until(() => r.telemetry.length >= 5, 'telemetry');
    const [stamp = 0, total = 0, encode = 0, graphs = 0] = r.telemetry.at(-1) ?? [];
    expect(stampsOf(r.chunks).some((s) => Math.abs(s - stamp) < 1e-6)).toBe(true);
    expect(total).toBeGreaterThan(Math.max(encode, graphs));
    // The first word of "active" may have been said before the first chunk.
    r.health.clear();
    const values = await r.diagnosis('inference', /active/);
    expect(values.chunk_ms).toBeGreaterThan(0);
    r.signal('SIGTERM');
    await r.until(() => r.exit !== undefined, 'exit');
    expect(r.exit).toEqual({ code: 0, signal: null });
  });

  it('names a missing camera, stays inactive, and activates by itself when it comes', async () => {
    const r = await start({ policy: ['auto_activate: true'], wrist: false });
    await r.diagnosis('observation', /^observation\.images\.wrist: missing[^;]*$/);
    await expect(r.policy.change('activate', 60)).rejects.toThrow(/refused/);
    await r.until(() => r.stderr.includes('"cannot act: observation.images.wrist'), 'log line');
    expect(r.chunks).toEqual([]);
    r.sending.wrist = true;
    await r.until(() => r.chunks.length > 0, 'chunks');
    await r.diagnosis('observation', /complete/);
    await r.until(() => r.stderr.includes('observations are complete'), 'log line');
  });

  it('stops at pictures of another size and goes on when they are right again', async () => {
    const r = await start();
    await r.activate();
    await r.until(() => r.chunks.length > 0, 'chunks');
    r.size.front = { width: 9, height: 6 };
    const size = /front: size \(frames are 9x6, the policy expects 8x6\)/;
    // What was under way when the first word of it came has arrived by the third.
    for (let i = 0; i < 3; i++) {
      await r.diagnosis('observation', size);
      r.health.clear();
    }
    const before = r.chunks.length;
    const sent = r.frames.length;
    await r.until(() => r.frames.length > sent + 15, 'frames');
    expect(r.chunks.length).toBe(before);
    r.size.front = { width: 8, height: 6 };
    await r.until(() => r.chunks.length > before, 'chunks again');
  });

  it('counts a chunk with NaN and never publishes it', async () => {
    const r = await start({
      fixture: 'tiny_faulty',
      policy: ['replan_frames: 1'],
      positions: { shoulder_pan: 7 },
    });
    await r.activate();
    await r.until(() => r.stderr.includes('is NaN'), 'log line');
    expect(r.chunks).toEqual([]);
    r.positions.shoulder_pan = 0;
    await r.until(() => r.chunks.length > 0, 'chunks');
    r.health.clear();
    expect((await r.diagnosis('inference', /active/)).rejected).toBeGreaterThan(0);
  });

  it('ends with one clear line when inference hangs', async () => {
    const r = await start({ fixture: 'tiny_faulty', policy: ['deadline_s: 3'] });
    await r.activate();
    await r.until(() => r.chunks.length > 0, 'chunks');
    r.positions.shoulder_lift = 7;
    await r.until(() => r.exit !== undefined, 'exit');
    expect(r.exit?.code).not.toBe(0);
    expect(r.stderr).toContain('inference has hung: no chunk within 3 s');
  });

  it('ends after a graph has failed again and again', async () => {
    const r = await start({ fixture: 'tiny_faulty', policy: ['replan_frames: 1'] });
    await r.activate();
    r.positions.gripper = 7;
    await r.until(() => r.exit !== undefined, 'exit');
    expect(r.exit).toEqual({ code: 1, signal: null });
    expect(r.stderr).toContain('3 failed runs');
  });

  it('stays unconfigured and says why when the package is damaged', async () => {
    const spoil: PolicyRigOptions['spoil'] = (p) => truncateSync(p.path('encoder.onnx'), 900);
    const r = await start({ spoil }, 'unconfigured');
    const values = await r.diagnosis('inference', /encoder\.onnx: SHA-256/);
    expect(values.level).toBe(2);
    expect(r.stderr).toContain('sinew check');
    expect(r.exit).toBeUndefined();
  });

  it('gives a stream of actions, each chunk due behind the one before', async () => {
    const r = await start({ fixture: 'tiny_streaming', executor: '{ type: streaming }' });
    await r.activate();
    await r.until(() => r.chunks.length >= 5, 'chunks');
    const stamps = stampsOf(r.chunks);
    const begins = r.chunks.map(({ points }, k) => {
      const { sec = 0, nanosec = 0 } = points[0]?.time_from_start ?? {};
      return (stamps[k] ?? 0) + sec + nanosec * 1e-9;
    });
    expect(begins[0]).toBeCloseTo(stamps[0] ?? 0, 6);
    for (const [k, time] of begins.entries()) {
      if (k === 0) continue;
      // Four steps of 0.1 s; more where this machine was late.
      expect(time - (begins[k - 1] ?? 0)).toBeGreaterThan(0.4 - 1e-5);
      expect(time).toBeGreaterThanOrEqual((stamps[k] ?? 0) - 1e-5);
    }
  });

  it('stays unconfigured where the executor would not keep to a stream', async () => {
    const r = await start({ fixture: 'tiny_streaming' }, 'unconfigured');
    await r.diagnosis('inference', /gives every action once.*expected streaming, found newest/);
  });

  it('in lock-step answers every frame, with the same chunks for the same seed', async () => {
    const r = await start({ lockstep: true, policy: ['replan_frames: 3'] });
    const episode = async (begin: number): Promise<number[][]> => {
      const before = r.chunks.length;
      await r.policy.setParameters({ episode: 4 }, 60);
      r.show(begin);
      await r.activate();
      for (let k = 0; k <= 6; k++) {
        const stamp = begin + k * 0.04;
        r.positions.shoulder_pan = 0.1 * k;
        if (k > 0) r.show(stamp);
        const [, newest = 0, sequence] = await r.done(stamp);
        expect(sequence).toBe(k);
        expect(newest).toBeCloseTo(begin + 3 * Math.floor(k / 3) * 0.04, 6);
      }
      await r.until(() => r.chunks.length === before + 3, 'three chunks');
      await r.policy.change('deactivate', 60);
      r.positions.shoulder_pan = 0;
      return r.chunks.slice(before).map(({ points }) => points.flatMap((p) => [...p.positions]));
    };
    const first = await episode(1);
    expect(await episode(1.5)).toEqual(first);
  });

  it('waits until the arm stands where chunks do not last for the delay, and says so', async () => {
    const r = await start({
      lockstep: true,
      delay: 0.5,
      policy: ['replan_frames: 1'],
      executor: '{ type: real_time_chunking }',
    });
    r.show(1);
    await r.activate();
    for (let k = 1; k <= 18; k++) {
      r.show(1 + k * 0.05);
      await r.done(1 + k * 0.05);
    }
    // From rest, executed from 1.5 to 1.8 s; one from 1.5 s would come at 2 s and is held back.
    await r.diagnosis('inference', /chunks last 0\.30 s, which does not cover 0\.50 s of delay/);
    expect(stampsOf(r.chunks).map((stamp) => stamp.toFixed(2))).toEqual(['1.00', '1.85']);
    expect((await r.diagnosis('inference', /does not cover/)).level).toBe(1);
  });
});
