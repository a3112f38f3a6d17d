/**
 * The tick's view of what watches the arm beside its joints: wrench, critic, operator, cameras and
 * the joints' efforts. Ages are judged here, on the loop's clock: a main thread that has stopped
 * feeding them counts as silence.
 */
import { SinewError } from '../core/error.js';
import { Fault } from '../safety/failsafe.js';
import {
  EffortLimits,
  type EffortOptions,
  Force,
  fresh,
  WrenchLimits,
  type WrenchOptions,
} from '../safety/force_limits.js';
import { Risk, RiskMonitor, type RiskOptions } from '../safety/risk.js';
import { type ControlMemory, MAX_WATCHES, SENSOR } from './control_memory.js';
import type { JointMonitor } from './joint_monitor.js';

/** A stream whose silence is a fault. */
export interface WatchOptions {
  readonly name: string;
  /** Which row of the failsafe table its silence is. */
  readonly kind: 'camera' | 'operator';
  /** Longest silence, s; a stream that was never there is silent. */
  readonly timeout: number;
}

/** What is watched; what is absent is not. */
export interface SafetyWatchOptions {
  readonly effort?: EffortOptions;
  readonly wrench?: WrenchOptions;
  /** The index of a stream is that of MemoryWriter.watch. */
  readonly watch?: readonly WatchOptions[];
  readonly risk?: RiskOptions;
}

/** Faults by the codes of Force and Risk. */
const EFFORT_FAULTS = table(
  [Force.exceeded, Fault.effortExceeded],
  [Force.missing, Fault.effortStale],
);
const WRENCH_FAULTS = table(
  [Force.exceeded, Fault.forceExceeded],
  [Force.missing, Fault.wrenchStale],
);
const RISK_FAULTS = table(
  [Risk.slow, Fault.riskSlow],
  [Risk.hold, Fault.riskHold],
  [Risk.stale, Fault.riskStale],
);
const WATCH_FAULTS = { camera: Fault.cameraStale, operator: Fault.operatorStale };

export class SafetyWatch {
  readonly #memory: ControlMemory;
  readonly #effort: EffortLimits | undefined;
  readonly #wrench: WrenchLimits | undefined;
  readonly #risk: RiskMonitor | undefined;
  readonly #watch: readonly WatchOptions[];
  readonly #row: Float64Array;
  readonly #incoming: Float64Array;
  readonly #forces: Float64Array;
  #generation = 0;

  /** @throws SinewError when an option is out of its range, or too many streams are watched */
  constructor(memory: ControlMemory, options: SafetyWatchOptions) {
    const { effort, wrench, risk, watch } = options;
    this.#memory = memory;
    this.#effort = effort === undefined ? undefined : new EffortLimits(effort);
    this.#wrench = wrench === undefined ? undefined : new WrenchLimits(wrench);
    this.#risk = risk === undefined ? undefined : new RiskMonitor(risk);
    this.#watch = watch ?? [];
    if (this.#watch.length > MAX_WATCHES) {
      throw new SinewError(`${this.#watch.length} streams are watched`, {
        where: 'safety.watch',
        expected: `at most ${MAX_WATCHES}`,
      });
    }
    this.#row = new Float64Array(memory.sensors.length).fill(Number.NaN);
    this.#incoming = new Float64Array(memory.sensors.length);
    this.#forces = this.#row.subarray(SENSOR.wrench, SENSOR.wrench + 6);
  }

  /** Share of the joints' speed that is left while the critic asks for less. */
  get slowFactor(): number {
    return this.#risk?.slowFactor ?? 1;
  }

  /** To be called at an activation; see Settling. */
  restart(now: number, joints: JointMonitor): void {
    this.#read();
    this.#effort?.restart(joints.effort, now);
    this.#wrench?.restart(this.#forces, now);
  }

  /** The faults at `now` (s). */
  find(now: number, joints: JointMonitor): number {
    this.#read();
    const row = this.#row;
    let faults = 0;
    if (this.#effort !== undefined) {
      faults |= EFFORT_FAULTS[this.#effort.judge(joints.effort, joints.received, now)] as number;
    }
    if (this.#wrench !== undefined) {
      const received = row[SENSOR.wrenchTime] as number;
      faults |= WRENCH_FAULTS[this.#wrench.judge(this.#forces, received, now)] as number;
    }
    if (this.#risk !== undefined) {
      const score = row[SENSOR.risk] as number;
      const received = row[SENSOR.riskTime] as number;
      faults |= RISK_FAULTS[this.#risk.judge(score, received, now)] as number;
    }
    for (let i = 0; i < this.#watch.length; i++) {
      const { kind, timeout } = this.#watch[i] as WatchOptions;
      if (!fresh(row[SENSOR.watch + i] as number, now, timeout)) faults |= WATCH_FAULTS[kind];
    }
    return faults;
  }

  #read(): void {
    const { sensors } = this.#memory;
    if (sensors.generation === this.#generation) return;
    const generation = sensors.read(this.#incoming);
    if (generation < 0) return;
    this.#generation = generation;
    this.#row.set(this.#incoming);
  }
}

function table(...entries: readonly (readonly [number, number])[]): readonly number[] {
  const faults = [0, 0, 0, 0];
  for (const [code, fault] of entries) faults[code] = fault;
  return faults;
}
