/** A control loop on a time of its own, with a robot that goes exactly where it is told. */
import {
  type ControlMemory,
  ControlMemory as Memory,
  Request,
  Status,
} from '../../src/control/control_memory.js';
import { LoopCore, type LoopOptions } from '../../src/control/loop_core.js';
import type { LoopSettings } from '../../src/control/loop_settings.js';
import { MemoryWriter } from '../../src/control/memory_writer.js';
import { type FailsafeRow, faultRows } from '../../src/safety/failsafe.js';

export const LIMITS = ['a', 'b'].map((name) => ({
  name,
  lower: -2,
  upper: 2,
  velocity: 3,
  acceleration: 20,
  jerk: 500,
}));

const SETTINGS: LoopSettings = {
  blendS: 0.1,
  cubic: 1,
  jointStateTimeoutS: 0.2,
  chunkTimeoutS: 2,
};

export class LoopRig {
  readonly memory: ControlMemory = new Memory(2, 64);
  readonly writer = new MemoryWriter(this.memory);
  readonly core: LoopCore;
  /** s */
  now = 100;
  readonly position = new Float64Array([0.1, -0.2]);
  readonly velocity = new Float64Array(2);
  /** Commands of all ticks so far; undefined where nothing was commanded. */
  readonly commands: (number[] | undefined)[] = [];
  /** Measured efforts, N m; none at first. */
  effort: Float64Array | undefined;
  /** Velocities commanded in all ticks so far. */
  readonly velocities: (number[] | undefined)[] = [];
  /** Whether joint states are sent before every tick. */
  reporting = true;
  /** Called before every tick, to feed what else is watched. */
  feed: (now: number) => void = () => {};

  constructor(options: Partial<LoopOptions> = {}) {
    this.core = new LoopCore(this.memory, {
      limits: LIMITS,
      longestPeriod: 0.03,
      startExcess: 0.1,
      jump: 0.5,
      future: 0.1,
      ...options,
    });
    this.set({});
  }

  /** New settings; those not named are the ones at the start. */
  set(settings: Partial<LoopSettings>): void {
    this.memory.writeSettings({ ...SETTINGS, ...settings });
  }

  /** One tick of `period` seconds; the robot then is where it was commanded. */
  tick(period = 0.01): number[] | undefined {
    this.now += period;
    if (this.reporting) this.report();
    this.feed(this.now);
    this.core.tick(this.now, period, 0);
    const command = this.memory.command.receive();
    if (command !== undefined) {
      this.position.set(command.positions);
      this.velocity.set(command.velocities);
    }
    const row = command === undefined ? undefined : [...command.positions];
    this.commands.push(row);
    this.velocities.push(command === undefined ? undefined : [...command.velocities]);
    return row;
  }

  ticks(count: number, period = 0.01): void {
    for (let i = 0; i < count; i++) this.tick(period);
  }

  report(): void {
    this.writer.jointState(this.now, this.now, this.position, this.velocity, this.effort);
  }

  /** A chunk of steps 0.1 s apart for both joints, stamped `stamp`. */
  chunk(steps: readonly number[], stamp = this.now): void {
    const times = Float64Array.from(steps, (_, i) => i * 0.1);
    const positions = Float64Array.from(steps.flatMap((step) => [step, -step]));
    this.writer.chunk(stamp, steps.length, times, positions);
  }

  activate(): boolean {
    const asked = this.memory.ask(Request.activate);
    for (let i = 0; i < 300; i++) {
      this.tick();
      if (this.memory.status[Status.answered] === asked) break;
    }
    return this.memory.status[Status.started] === 1;
  }

  get phase(): string {
    return this.core.phase;
  }

  get faults(): string[] {
    const rows: FailsafeRow[] = faultRows(this.memory.status[Status.faults] ?? 0);
    return rows.map(({ name }) => name);
  }

  /** Ticks until the phase is `phase`. */
  until(phase: string): void {
    for (let i = 0; i < 1000 && this.phase !== phase; i++) this.tick();
    if (this.phase !== phase) throw new Error(`still ${this.phase}: ${this.faults}`);
  }
}
