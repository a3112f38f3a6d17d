/** Records a tick: figures for the telemetry, and what each joint was asked for. */
import type { SafeCommand } from '../safety/safe_command.js';
import type { CommandMixer } from './command_mixer.js';
import type { ControlMemory } from './control_memory.js';
import { DecisionRecorder } from './decision_recorder.js';
import type { Executor } from './executors/executor.js';
import type { LoopOptions } from './loop_options.js';
import { type MonitoredTick, MonitorRecorder } from './monitor_recorder.js';
import { TickRecorder } from './tick_recorder.js';

export class LoopRecord {
  readonly #executor: Executor;
  readonly #mixer: CommandMixer;
  readonly #recorder: TickRecorder;
  readonly #decisions: DecisionRecorder;
  readonly #monitor: MonitorRecorder;
  readonly #monitored: MonitoredTick;
  #fresh = false;

  /** @param measured positions of all joints, rad, kept up to date by the caller */
  constructor(
    memory: ControlMemory,
    { limits }: LoopOptions,
    executor: Executor,
    mixer: CommandMixer,
    measured: Float64Array,
  ) {
    this.#executor = executor;
    this.#mixer = mixer;
    this.#recorder = new TickRecorder(memory.records, limits);
    this.#decisions = new DecisionRecorder(memory.decisions);
    this.#monitor = new MonitorRecorder(memory.monitor);
    this.#monitored = { measured, policy: undefined, operator: undefined };
  }

  /** A chunk was taken: the next tick that follows it tells how old its observation is. */
  chunkTaken(): void {
    this.#fresh = true;
  }

  /** A command is about to be sent. */
  decided(command: SafeCommand, now: number): void {
    this.#decisions.record(command, now);
  }

  /**
   * @param command what was sent, if anything was
   * @param policy whether the executor has a command @param followed whether it has a part in this one
   */
  add(
    now: number,
    period: number,
    lateness: number,
    command: SafeCommand | undefined,
    policy: boolean,
    followed: boolean,
  ): void {
    const first = followed && this.#fresh;
    if (first) this.#fresh = false;
    const { stamp } = this.#executor;
    const latency = first ? now - stamp : Number.NaN;
    this.#recorder.record(command, now, period, lateness, latency, followed ? stamp : Number.NaN);
    const { operator } = this.#mixer;
    this.#monitored.policy = policy ? this.#executor.position : undefined;
    this.#monitored.operator = operator.fresh ? operator.target : undefined;
    this.#monitor.record(now, this.#monitored, command);
  }
}
