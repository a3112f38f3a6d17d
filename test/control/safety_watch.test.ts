/** What is watched beside the joints, fed through shared memory into the loop on a fake time. */
import { describe, expect, it } from 'vitest';
import { ControlMemory, MAX_WATCHES, Request } from '../../src/control/control_memory.js';
import { LoopCore, type LoopOptions } from '../../src/control/loop_core.js';
import { parseUrdf } from '../../src/description/urdf_parser.js';
import { LIMITS, LoopRig } from './loop_rig.js';

const NOTHING = Number.NaN;

/** Sends a chunk that goes on at `speed` from where the rig is. */
function push(rig: LoopRig, speed = 1.2): void {
  const steps = Array.from({ length: 11 }, (_, i) => (rig.position[0] ?? 0) + 0.1 * speed * i);
  rig.chunk(steps);
}

function moving(options: Partial<LoopOptions>, prepare: (rig: LoopRig) => void): LoopRig {
  const rig = new LoopRig(options);
  prepare(rig);
  expect(rig.activate()).toBe(true);
  push(rig);
  rig.ticks(30);
  expect(rig.phase).toBe('active');
  expect(rig.velocity[0]).toBeGreaterThan(0.5);
  return rig;
}

describe('a watched operator', () => {
  const watch = [{ name: 'pendant', kind: 'operator', timeout: 0.1 }] as const;
  const start = () =>
    moving({ watch: { watch } }, (rig) => {
      rig.feed = (now) => rig.writer.watch(0, now);
    });

  it('stops the arm by silence, after the time-out and not before', () => {
    const rig = start();
    rig.feed = () => {};
    rig.ticks(9);
    expect(rig.phase).toBe('active');
    rig.ticks(2);
    expect(rig.phase).toBe('stopping');
    rig.until('inactive');
    expect(rig.faults).toContain('operator_stale');
  });

  it('who comes back resumes nothing: that takes a new activation', () => {
    const rig = start();
    rig.feed = () => {};
    rig.until('inactive');
    expect(rig.activate()).toBe(false);
    rig.feed = (now) => rig.writer.watch(0, now);
    push(rig);
    rig.ticks(20);
    expect(rig.phase).toBe('inactive');
    expect(rig.faults).toContain('operator_stale');
    expect(rig.activate()).toBe(true);
    expect(rig.faults).not.toContain('operator_stale');
  });

  it('who was never there keeps the arm from being activated', () => {
    const rig = new LoopRig({ watch: { watch } });
    expect(rig.activate()).toBe(false);
    expect(rig.faults).toContain('operator_stale');
  });

  it('is not believed to be alive in the future', () => {
    const rig = new LoopRig({ watch: { watch } });
    rig.writer.watch(0, 1e9);
    expect(rig.activate()).toBe(false);
  });
});

describe('watched cameras', () => {
  const watch = ['wrist', 'front'].map((name) => ({ name, kind: 'camera', timeout: 0.1 }) as const);
  const feedBoth = (rig: LoopRig) => (now: number) => {
    rig.writer.watch(0, now);
    rig.writer.watch(1, now);
  };
  const start = () =>
    moving({ watch: { watch } }, (rig) => {
      rig.feed = feedBoth(rig);
    });

  it('hold the arm when one of them is silent for longer than the table defers it', () => {
    const rig = start();
    rig.feed = (now) => rig.writer.watch(0, now);
    rig.ticks(11);
    expect(rig.faults).toEqual(['camera_stale']);
    expect(rig.phase).toBe('active');
    rig.ticks(45);
    push(rig);
    expect(rig.phase).toBe('active');
    rig.ticks(10);
    expect(rig.phase).toBe('hold');
    expect(rig.faults).toContain('camera_stale');
  });

  it('let it go on by itself when they are back, with what was observed since', () => {
    const rig = start();
    rig.feed = () => {};
    rig.ticks(100);
    expect(rig.phase).toBe('hold');
    push(rig);
    rig.tick();
    rig.feed = feedBoth(rig);
    rig.ticks(10);
    expect(rig.faults).toEqual(['chunk_missing']);
    expect(rig.velocity[0]).toBe(0);
    push(rig);
    rig.ticks(20);
    expect(rig.phase).toBe('active');
    expect(rig.velocity[0]).toBeGreaterThan(0.5);
    expect(rig.faults).toEqual([]);
  });

  it('are limited in number', () => {
    const many = Array.from({ length: MAX_WATCHES + 1 }, () => watch[0] as (typeof watch)[0]);
    const memory = new ControlMemory(2, 4);
    const options = { limits: LIMITS, longestPeriod: 0.03, startExcess: 0.1, jump: 1, future: 0 };
    expect(() => new LoopCore(memory, { ...options, watch: { watch: many } })).toThrow(
      `safety.watch: ${MAX_WATCHES + 1} streams are watched; expected at most ${MAX_WATCHES}`,
    );
    expect(
      () => new LoopCore(memory, { ...options, watch: { watch: many.slice(1) } }),
    ).not.toThrow();
  });
});

describe('effort thresholds', () => {
  const effort = { thresholds: [2, Infinity], timeout: 0.1 };
  const start = () =>
    moving({ watch: { effort } }, (rig) => {
      rig.effort = Float64Array.of(2, 9);
    });

  it('stop the arm when a joint pushes harder', () => {
    const rig = start();
    rig.effort = Float64Array.of(-2.01, 9);
    rig.tick();
    expect(rig.phase).toBe('stopping');
    rig.until('inactive');
    expect(rig.faults).toContain('effort_exceeded');
  });

  it('stop it when a joint with a threshold is not measured any more', () => {
    const rig = start();
    rig.effort = Float64Array.of(NOTHING, 9);
    rig.ticks(8);
    expect(rig.phase).toBe('active');
    rig.ticks(4);
    expect(rig.phase).toBe('stopping');
    expect(rig.faults).toContain('effort_stale');
  });

  it('keep it from being activated without measurements', () => {
    const rig = new LoopRig({ watch: { effort } });
    expect(rig.activate()).toBe(false);
    expect(rig.faults).toContain('effort_stale');
  });

  it('let an activation take away the load that a stop has left, unless it grows', () => {
    const rig = start();
    rig.effort = Float64Array.of(2.5, 9);
    rig.until('inactive');
    expect(rig.activate()).toBe(true);
    rig.ticks(20);
    expect(rig.phase).toBe('hold');
    rig.effort = Float64Array.of(2.8, 9);
    rig.tick();
    expect(rig.phase).toBe('inactive');
    expect(rig.faults).toContain('effort_exceeded');
    rig.effort = Float64Array.of(2.5, 9);
    expect(rig.activate()).toBe(true);
    rig.ticks(45);
    expect(rig.phase).toBe('hold');
    rig.ticks(10);
    expect(rig.phase).toBe('inactive');
    rig.effort = Float64Array.of(6.1, 9);
    expect(rig.activate()).toBe(false);
    expect(rig.faults).toContain('effort_exceeded');
  });
});

describe('a watched wrench', () => {
  const wrench = { force: 20, torque: 3, timeout: 0.1 };
  const start = () =>
    moving({ watch: { wrench } }, (rig) => {
      rig.feed = (now) => rig.writer.wrench(now, [12, 16, 0, 0, 0, -3]);
    });

  it('stops the arm when force or torque is greater', () => {
    for (const values of [
      [12, 16, 1, 0, 0, 0],
      [0, 0, 0, 0, 1, 3],
    ]) {
      const rig = start();
      rig.feed = (now) => rig.writer.wrench(now, values);
      rig.tick();
      expect(rig.phase).toBe('stopping');
      expect(rig.faults).toContain('force_exceeded');
    }
  });

  it.each([
    ['silence', undefined],
    ['a number that is none', [0, 0, 0, 0, 0, NOTHING]],
    ['a number too few', [0, 0, 0, 0, 0]],
  ])('stops it by %s, after the time-out', (_, values) => {
    const rig = start();
    rig.feed = (now) => values !== undefined && rig.writer.wrench(now, values);
    rig.ticks(9);
    expect(rig.phase).toBe('active');
    rig.ticks(2);
    expect(rig.phase).toBe('stopping');
    expect(rig.faults).toContain('wrench_stale');
    rig.until('inactive');
    expect(rig.activate()).toBe(false);
  });
});

describe('an energy budget', () => {
  const filter = { energy: { budget: 0.5, refill: 0.2 } };

  it('slows the arm to what flows in once it is spent, and says so', () => {
    const rig = moving({ filter: { energy: { budget: 5, refill: 0.2 } } }, (fresh) => {
      fresh.effort = Float64Array.of(0, 0);
    });
    rig.effort = Float64Array.of(20, 0);
    const seen = new Set<string>();
    for (let i = 0; i < 100; i++) {
      if (i % 10 === 0) push(rig);
      rig.tick();
      for (const fault of rig.faults) seen.add(fault);
      // Creeping on what flows in, it says so in every tick.
      if (i >= 60) expect(rig.faults).toEqual(['energy_spent']);
    }
    expect(rig.phase).toBe('active');
    expect([...seen]).toEqual(['energy_spent']);
    const last = rig.velocities.slice(-40).map((row) => row?.[0] ?? 0);
    expect(20 * Math.max(...last)).toBeLessThan(1);
    // Half of what flows in pays for what the arm put out while it braked.
    const power = 20 * (last.reduce((sum, speed) => sum + speed) / last.length);
    expect(power).toBeLessThanOrEqual(0.1 + 1e-9);
    expect(power).toBeGreaterThan(0.05);
  });

  it('needs all efforts measured, and says so', () => {
    const rig = new LoopRig({ filter });
    rig.effort = Float64Array.of(0, NOTHING);
    expect(rig.activate()).toBe(false);
    expect(rig.faults).toContain('effort_stale');
    rig.effort = Float64Array.of(0, 1e9);
    expect(rig.activate()).toBe(true);
  });

  it('leaves the thresholds of efforts as they are', () => {
    const effort = { thresholds: [2, Infinity], timeout: 0.1 };
    const rig = moving({ filter, watch: { effort } }, (fresh) => {
      fresh.effort = Float64Array.of(0, 0);
    });
    rig.effort = Float64Array.of(2.1, 0);
    rig.tick();
    expect(rig.faults).toContain('effort_exceeded');
  });
});

describe('a risk critic', () => {
  const risk = { slowAbove: 0.5, holdAbove: 0.8, slowFactor: 0.2, timeout: 0.1 };
  const scored = (rig: LoopRig, score: number) => {
    rig.feed = (now) => rig.writer.risk(now, score);
  };
  const start = () => moving({ watch: { risk } }, (rig) => scored(rig, 0.1));

  it('slows all joints to a share of their speed, without breaking a limit', () => {
    const rig = start();
    scored(rig, 0.6);
    for (let i = 0; i < 40; i++) {
      push(rig);
      const [before = 0] = rig.velocity;
      rig.tick();
      expect(Math.abs((rig.velocity[0] ?? 0) - before)).toBeLessThanOrEqual(20 * 0.01 + 1e-9);
    }
    expect(rig.phase).toBe('active');
    expect(rig.faults).toEqual(['risk_slow']);
    expect(rig.velocity[0]).toBeLessThanOrEqual(0.2 * 3 + 1e-9);
    expect(rig.velocity[0]).toBeGreaterThan(0.1);
    scored(rig, 0.4);
    for (let i = 0; i < 60; i++) {
      push(rig, 1.5);
      rig.tick();
    }
    expect(rig.faults).toEqual([]);
    expect(Math.max(...rig.velocities.slice(-40).map((v) => v?.[0] ?? 0))).toBeGreaterThan(0.7);
  });

  it('holds above the other threshold, and what it saw then is not gone on with', () => {
    const rig = start();
    scored(rig, 0.9);
    rig.tick();
    expect(rig.phase).toBe('hold');
    push(rig);
    rig.ticks(60);
    expect(rig.velocity[0]).toBe(0);
    scored(rig, 0.1);
    rig.ticks(10);
    expect(rig.velocity[0]).toBe(0);
    push(rig);
    rig.ticks(20);
    expect(rig.phase).toBe('active');
  });

  it('holds when the critic is silent, or has no score', () => {
    const silent = start();
    silent.feed = () => {};
    silent.ticks(9);
    expect(silent.phase).toBe('active');
    silent.ticks(2);
    expect(silent.phase).toBe('hold');
    expect(silent.faults).toContain('risk_stale');
    const lost = start();
    scored(lost, NOTHING);
    lost.tick();
    expect(lost.phase).toBe('hold');
    expect(lost.faults).toContain('risk_stale');
  });

  it('clears nothing but its own faults', () => {
    const rig = start();
    rig.memory.ask(Request.eStop);
    scored(rig, 0.9);
    rig.ticks(100);
    scored(rig, 0);
    rig.ticks(20);
    expect(rig.phase).toBe('e_stop');
  });
});

describe('manual mode', () => {
  const urdf = `<robot name="planar">
    <link name="base"/><link name="upper"/><link name="fore"/><link name="tip"/>
    <joint name="a" type="revolute"><parent link="base"/><child link="upper"/><axis xyz="0 0 1"/>
      <limit lower="-2" upper="2" velocity="3" effort="9"/></joint>
    <joint name="b" type="revolute"><parent link="upper"/><child link="fore"/>
      <origin xyz="0.5 0 0"/><axis xyz="0 0 1"/>
      <limit lower="-2" upper="2" velocity="3" effort="9"/></joint>
    <joint name="end" type="fixed"><parent link="fore"/><child link="tip"/>
      <origin xyz="0.4 0 0"/></joint>
  </robot>`;
  const description = parseUrdf(urdf, 'planar.urdf');
  const model = {
    description,
    joints: ['a', 'b'],
    base: 'base',
    fixed: {},
    capsules: [],
    pairs: [],
    scene: [],
    allowed: [],
  };
  const barrier = { gain: 8, selfMargin: 0.01, sceneMargin: 0.01 };
  const cartesian = {
    model,
    tools: ['tip'],
    toolSpeed: 1,
    workspace: [],
    barrier,
    grossOverlap: 0.005,
  };
  const options = {
    filter: { cartesian },
    manualToolSpeed: 0.25,
    barrierBounds: { gain: [1, 30], margin: [0.002, 0.1] },
  } as const;

  function tip([a = 0, b = 0]: readonly number[]): [number, number] {
    return [0.5 * Math.cos(a) + 0.4 * Math.cos(a + b), 0.5 * Math.sin(a) + 0.4 * Math.sin(a + b)];
  }

  /** Speed of the tip between the last two commands, m/s. */
  function speed(rig: LoopRig): number {
    const [x = 0, y = 0] = tip(rig.commands.at(-2) ?? []);
    const [u = 0, v = 0] = tip(rig.commands.at(-1) ?? []);
    return Math.hypot(u - x, v - y) / 0.01;
  }

  it('lowers the tool speed in motion: decelerates and goes on slowly', () => {
    const rig = moving(options, () => {});
    const before = speed(rig);
    expect(before).toBeGreaterThan(0.3);
    rig.set({ manual: 1 });
    for (let i = 0; i < 50; i++) {
      push(rig);
      rig.tick();
    }
    expect(rig.phase).toBe('active');
    expect(rig.faults).toEqual([]);
    for (let i = 0; i < 20; i++) {
      push(rig);
      rig.tick();
      expect(speed(rig)).toBeLessThanOrEqual(0.25 * 1.001);
    }
    expect(speed(rig)).toBeGreaterThan(0.05);
  });

  it('is left again by a setting, and never raises the tool speed', () => {
    const rig = moving({ ...options, manualToolSpeed: 5 }, (fresh) => fresh.set({ manual: 1 }));
    for (let i = 0; i < 40; i++) {
      push(rig, 2.9);
      rig.tick();
      expect(speed(rig)).toBeLessThanOrEqual(1.001);
    }
    const slow = moving(options, () => {});
    slow.set({ manual: 1 });
    slow.ticks(60);
    slow.set({ manual: 0 });
    for (let i = 0; i < 40; i++) {
      push(slow);
      slow.tick();
    }
    expect(Math.max(speed(slow))).toBeGreaterThan(0.3);
  });

  it('takes settings of the barriers in motion, wild ones clamped', () => {
    const rig = moving(options, () => {});
    rig.set({ barrierGain: 1e9, selfMargin: -1, sceneMargin: NOTHING });
    push(rig);
    rig.ticks(20);
    expect(rig.phase).toBe('active');
    expect(rig.faults).toEqual([]);
  });
});
