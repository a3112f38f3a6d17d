/**
 * One tick of the control loop: read, decide, filter, write. It has no clock and does no I/O, so the
 * tick thread, the lock-step mode and the tests run the same code. Allocates nothing in a tick but
 * for a chunk that arrives.
 */
import { Action, Fault, worstAction } from '../safety/failsafe.js';
import { SafetyFilter } from '../safety/filter.js';
import type { FilterLimits } from '../safety/limits.js';
import { Band, Reason } from '../safety/reasons.js';
import type { SafeCommand } from '../safety/safe_command.js';
import { Arbiter } from './arbiter.js';
import { ChunkExecutor, Verdict } from './chunk_executor.js';
import { ChunkIntake } from './chunk_intake.js';
import { type ControlMemory, type LoopSettings, Request, Status } from './control_memory.js';
import { JointMonitor } from './joint_monitor.js';
import { nextPhase, PHASES, type Phase, type PhaseEvent } from './mode.js';
import { TickRecorder } from './tick_recorder.js';

/** What stays as it is for the life of a loop. */
export interface LoopOptions {
  readonly limits: readonly FilterLimits[];
  /** Longest time that a tick may count for, s. */
  readonly longestPeriod: number;
  /** rad; see FilterOptions. */
  readonly startExcess: number;
  readonly followingError?: number;
  /** rad; see JointMonitor. */
  readonly jump: number;
  /** Tolerance for chunk stamps in the future, s. */
  readonly future: number;
}

/** An activation waits this long for a joint state that arrived after it was asked for, s. */
const START_PATIENCE = 1;
/** Two times this close are the same: stamps come as whole nanoseconds. */
const SAME_TIME = 1e-6;

export class LoopCore {
  readonly #memory: ControlMemory;
  readonly #filter: SafetyFilter;
  readonly #executor: ChunkExecutor;
  readonly #arbiter: Arbiter;
  readonly #joints: JointMonitor;
  readonly #settings: LoopSettings = {
    blendS: 0.15,
    cubic: 1,
    jointStateTimeoutS: 0.2,
    chunkTimeoutS: 2,
  };
  readonly #seen = new Int32Array(8);
  readonly #intake: ChunkIntake;
  readonly #recorder: TickRecorder;
  readonly #measured: Float64Array;
  #settingsGeneration = 0;
  #phase: Phase = 'inactive';
  /** When an activation that is not yet answered was asked for; NaN when there is none. */
  #asked = Number.NaN;
  /** Faults that last until the next activation, and those until the next good chunk. */
  #latched = 0;
  #refused = 0;
  #periodFault = 0;
  #outputting = false;
  #fresh = false;

  /** @throws SinewError when limits are missing or inverted */
  constructor(memory: ControlMemory, options: LoopOptions) {
    const { limits, longestPeriod, startExcess, followingError, jump, future } = options;
    this.#memory = memory;
    this.#filter = new SafetyFilter(limits, {
      longestPeriod,
      grossExcess: startExcess,
      followingError: followingError ?? Number.POSITIVE_INFINITY,
    });
    this.#executor = new ChunkExecutor(limits.length, memory.maxPoints, limits);
    this.#executor.future = future;
    this.#arbiter = new Arbiter([this.#executor]);
    this.#joints = new JointMonitor(memory, limits, jump);
    this.#recorder = new TickRecorder(memory.records, limits);
    this.#measured = this.#joints.position;
    this.#intake = new ChunkIntake(memory, this.#executor, limits, longestPeriod);
  }

  get phase(): Phase {
    return this.#phase;
  }

  /**
   * Runs one tick.
   *
   * @param now time of the tick on the loop's clock, s
   * @param period measured time since the last tick, s; any number
   * @param lateness start after the deadline, s; for the record only
   */
  tick(now: number, period: number, lateness: number): void {
    this.#takeSettings();
    this.#joints.read();
    this.#takeRequests(now);
    this.#takeChunk(now, period);
    this.#activate(now);
    const source = this.#arbiter.choose(now);
    const faults = this.#findFaults(now, source !== undefined);
    this.#judge(faults);
    const following = this.#phase === 'active' && source !== undefined;
    const command = following
      ? this.#filter.follow(period, source.position, this.#measured)
      : this.#filter.stop(period);
    if (this.#phase === 'stopping' && this.#filter.atRest) {
      this.#event('rest');
      this.#filter.release();
    }
    if (command !== undefined && this.#outputting) this.#write(command, now, period);
    const output = this.#outputting ? command : undefined;
    this.#recorder.record(output, now, period, lateness, this.#firstUse(now, following));
    if (this.#phase === 'inactive') this.#outputting = false;
    this.#publishStatus(faults | this.#periodFault);
  }

  /** Age of the newest observation behind this command if its chunk is used first now, else NaN. */
  #firstUse(now: number, following: boolean): number {
    if (!following || !this.#fresh) return Number.NaN;
    this.#fresh = false;
    return now - this.#executor.stamp;
  }

  #takeSettings(): void {
    const generation = this.#memory.settings.generation;
    if (generation === this.#settingsGeneration) return;
    this.#settingsGeneration = generation;
    this.#memory.readSettings(this.#settings);
    this.#executor.blend = this.#settings.blendS;
    this.#executor.interpolation = this.#settings.cubic === 0 ? 'linear' : 'cubic';
    this.#joints.watchdog.timeout = this.#settings.jointStateTimeoutS;
  }

  #takeRequests(now: number): void {
    if (this.#changed(Request.chunkRejected)) {
      this.#refused |= Fault.chunkRejected;
      this.#executor.clear();
    }
    if (this.#changed(Request.reset) && this.#event('reset')) this.#filter.reset();
    if (this.#changed(Request.activate)) this.#asked = now;
    if (this.#changed(Request.deactivate)) {
      this.#asked = Number.NaN;
      if (this.#event('stop')) this.#forget(now);
    }
    // Last, so that nothing asked for at the same time outdoes it.
    if (this.#changed(Request.eStop)) {
      this.#filter.engage();
      this.#event('e_stop');
      this.#forget(now);
    }
  }

  #changed(request: number): boolean {
    const count = Atomics.load(this.#memory.requests, request);
    const changed = count !== this.#seen[request];
    this.#seen[request] = count;
    return changed;
  }

  /** Drops what is being executed and whatever was computed before now. */
  #forget(now: number): void {
    this.#executor.clear();
    this.#executor.epoch = now - SAME_TIME;
    this.#refused = 0;
  }

  #takeChunk(now: number, period: number): void {
    const found = this.#intake.read();
    // Only a loop in motion has a use for chunks; those that came before are never executed.
    if (!found || (this.#phase !== 'active' && this.#phase !== 'hold')) return;
    if (!this.#intake.plausible()) {
      this.#refused |= Fault.commandRejected;
      this.#executor.clear();
      return;
    }
    const verdict = this.#intake.offer(now, this.#filter, period);
    Atomics.add(this.#memory.status, Status.chunks + verdict, 1);
    if (verdict !== Verdict.taken) return;
    this.#refused = 0;
    this.#fresh = true;
  }

  /** Answers an activation once a joint state has come that is newer than the question. */
  #activate(now: number): void {
    if (Number.isNaN(this.#asked)) return;
    if (this.#phase !== 'inactive') {
      this.#answer(this.#phase === 'e_stop' ? Fault.eStop : Fault.startRefused, 0);
      return;
    }
    if (!(this.#joints.received >= this.#asked - SAME_TIME)) {
      if (now - this.#asked > START_PATIENCE) this.#answer(Fault.jointStateMissing, 0);
      return;
    }
    const verdict = this.#filter.start(this.#measured);
    if (!verdict.ready) {
      this.#answer(Fault.startRefused, verdict.joint);
      return;
    }
    this.#latched = 0;
    this.#forget(now);
    this.#joints.restart();
    this.#event('activate');
    this.#outputting = true;
    this.#answer(0, 0);
  }

  #answer(fault: number, joint: number): void {
    const { status } = this.#memory;
    this.#asked = Number.NaN;
    if (fault !== 0) this.#latched = fault;
    Atomics.store(status, Status.joint, joint);
    Atomics.store(status, Status.started, fault === 0 ? 1 : 0);
    Atomics.store(status, Status.answered, this.#seen[Request.activate] as number);
  }

  #findFaults(now: number, commanded: boolean): number {
    let faults = Atomics.load(this.#memory.requests, Request.faults) | this.#refused;
    if (this.#phase === 'e_stop') faults |= Fault.eStop;
    const { watchdog } = this.#joints;
    if (!watchdog.seen) faults |= Fault.jointStateMissing;
    else if (watchdog.expired(now)) faults |= Fault.jointStateStale;
    if (!this.#outputting) return faults | this.#latched;
    if (this.#joints.jumped) faults |= Fault.jointStateJump;
    if (!commanded) faults |= Fault.chunkMissing;
    else if (now - this.#executor.stamp > this.#settings.chunkTimeoutS) faults |= Fault.chunkStale;
    return faults | this.#latched;
  }

  #judge(faults: number): void {
    if (!this.#outputting) return;
    const action = worstAction(faults & ~Fault.eStop);
    if (action >= Action.stop) {
      if (this.#event('stop')) {
        this.#latched = faults & LATCHING;
        this.#executor.clear();
      }
    } else this.#event(action === Action.hold ? 'hold' : 'clear');
  }

  #event(event: PhaseEvent): boolean {
    const next = nextPhase(this.#phase, event);
    if (next !== undefined) this.#phase = next;
    return next !== undefined;
  }

  #write(command: SafeCommand, now: number, period: number): void {
    this.#memory.command.send(command, now);
    this.#periodFault = period > command.period ? Fault.period : 0;
    const reason = command.reasons[0];
    if (command.band !== Band.reject || reason === Reason.period) return;
    this.#executor.clear();
    if (reason === Reason.followingError) this.#latched |= Fault.followingError;
    else this.#refused |= Fault.commandRejected;
  }

  #publishStatus(faults: number): void {
    const { status } = this.#memory;
    Atomics.store(status, Status.phase, PHASES.indexOf(this.#phase));
    Atomics.store(status, Status.faults, faults);
    Atomics.add(status, Status.ticks, 1);
    Atomics.add(status, Status.wake, 1);
    Atomics.notify(status, Status.wake);
  }
}

/** Faults that end in a stop stay shown until the next activation. */
const LATCHING =
  Fault.eStopSourceLost |
  Fault.jointStateMissing |
  Fault.jointStateStale |
  Fault.jointStateJump |
  Fault.followingError |
  Fault.startRefused |
  Fault.secondPublisher |
  Fault.clockBackwards |
  Fault.shutdown;
