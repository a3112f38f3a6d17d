/**
 * One tick of the control loop: read, decide, filter, write. It has no clock and does no I/O, so the
 * tick thread, the lock-step mode and the tests run the same code. Allocates nothing in a tick but
 * for a chunk that arrives.
 */
import { Deferral } from '../safety/deferral.js';
import { Action, Fault, faultsFrom, stopKind, worstAction } from '../safety/failsafe.js';
import { type FilterOptions, SafetyFilter } from '../safety/filter.js';
import type { FilterLimits } from '../safety/limits.js';
import type { BarrierSettings } from '../safety/options.js';
import { Band, Reason } from '../safety/reasons.js';
import type { SafeCommand } from '../safety/safe_command.js';
import { Arbiter } from './arbiter.js';
import { ChunkIntake } from './chunk_intake.js';
import { commandFaults } from './command_faults.js';
import { type ControlMemory, Request, Status } from './control_memory.js';
import { createExecutor, type ExecutorOptions } from './executors/create_executor.js';
import { type Executor, Verdict } from './executors/executor.js';
import { JointMonitor } from './joint_monitor.js';
import { type BarrierBounds, boundBarrier, type LoopSettings } from './loop_settings.js';
import { nextPhase, PHASES, type Phase, type PhaseEvent } from './mode.js';
import { SafetyWatch, type SafetyWatchOptions } from './safety_watch.js';
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
  /** How chunks follow one another; the newest counts if absent. */
  readonly executor?: ExecutorOptions;
  /** Of the filter beside the above: what several joints must keep together, and the energy. */
  readonly filter?: FilterOptions;
  /** Greatest speed of a tool centre in manual mode, m/s; as in automatic mode if absent. */
  readonly manualToolSpeed?: number;
  /** In which the barriers may be changed while running; not at all if absent. */
  readonly barrierBounds?: BarrierBounds;
  /** What is watched beside the joint states; nothing if absent. */
  readonly watch?: SafetyWatchOptions;
}

/** An activation waits this long for a joint state that arrived after it was asked for, s. */
const START_PATIENCE = 1;
/** Two times this close are the same: stamps come as whole nanoseconds. */
const SAME_TIME = 1e-6;
/** Silence of the measured efforts that is a fault where nothing else is said, s. */
const EFFORT_TIMEOUT = 0.2;
/** Faults whose action is to go on slowly. */
const SLOWING = faultsFrom(~0, Action.slow) & ~faultsFrom(~0, Action.hold);
/** Faults of the chunks themselves: the next good one ends the hold. */
const CHUNK_FAULTS =
  Fault.commandRejected | Fault.chunkRejected | Fault.chunkStale | Fault.chunkMissing;

export class LoopCore {
  readonly #memory: ControlMemory;
  readonly #filter: SafetyFilter;
  readonly #executor: Executor;
  readonly #arbiter: Arbiter;
  readonly #joints: JointMonitor;
  readonly #watch: SafetyWatch;
  readonly #deferral = new Deferral();
  readonly #options: LoopOptions;
  readonly #barrier: BarrierSettings = { gain: 0, selfMargin: 0, sceneMargin: 0 };
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
  /** Faults that the last command showed. */
  #shown = 0;
  #slow = false;
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
      ...options.filter,
    });
    this.#options = options;
    const { maxPoints } = memory;
    this.#executor = createExecutor(limits.length, maxPoints, options.executor, limits);
    this.#executor.future = future;
    this.#arbiter = new Arbiter([this.#executor]);
    this.#joints = new JointMonitor(memory, limits, jump);
    this.#watch = new SafetyWatch(memory, { ...options.watch, ...energyNeeds(options) });
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
    const acting = this.#deferral.acting(faults, now);
    this.#judge(acting, now);
    const following = this.#phase === 'active' && source !== undefined;
    const command = following
      ? this.#filter.follow(period, source.position, this.#measured, this.#joints.effort)
      : this.#filter.stop(period, stopKind(acting), this.#measured, this.#joints.effort);
    if (this.#phase === 'stopping' && this.#filter.atRest) {
      this.#event('rest');
      this.#filter.release();
    }
    if (command !== undefined && this.#outputting) this.#write(command, now, period);
    const output = this.#outputting ? command : undefined;
    const chunk = following ? this.#executor.stamp : Number.NaN;
    this.#recorder.record(output, now, period, lateness, this.#firstUse(now, following), chunk);
    if (this.#phase === 'inactive') {
      this.#outputting = false;
      this.#shown = 0;
    }
    this.#publishStatus(faults | this.#shown);
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
    this.#limitTools();
  }

  /** Hands the settings of the Cartesian limits to the filter, inside their declared bounds. */
  #limitTools(): void {
    const { filter, barrierBounds, manualToolSpeed } = this.#options;
    const cartesian = filter?.cartesian;
    if (cartesian === undefined) return;
    if (barrierBounds !== undefined) {
      boundBarrier(this.#settings, cartesian.barrier, barrierBounds, this.#barrier);
      this.#filter.barrier = this.#barrier;
    }
    const manual = isOn(this.#settings.manual) ? manualToolSpeed : undefined;
    this.#filter.toolSpeed = Math.min(cartesian.toolSpeed, manual ?? Number.POSITIVE_INFINITY);
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
    this.#watch.restart(now, this.#joints);
    const standing = faultsFrom(this.#standing(now), Action.stop);
    if (standing !== 0) {
      this.#answer(standing, 0);
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

  /** Faults that are there whether the arm is commanded or not. */
  #standing(now: number): number {
    const found = Atomics.load(this.#memory.requests, Request.faults);
    return found | this.#watch.find(now, this.#joints);
  }

  #findFaults(now: number, commanded: boolean): number {
    let faults = this.#standing(now) | this.#refused;
    if (this.#phase === 'e_stop') faults |= Fault.eStop;
    const { watchdog } = this.#joints;
    if (!watchdog.seen) faults |= Fault.jointStateMissing;
    else if (watchdog.expired(now)) faults |= Fault.jointStateStale;
    if (!this.#outputting) return faults | this.#latched;
    faults |= this.#shown;
    if (this.#joints.jumped) faults |= Fault.jointStateJump;
    if (!commanded) faults |= Fault.chunkMissing;
    else if (now - this.#executor.stamp > this.#settings.chunkTimeoutS) faults |= Fault.chunkStale;
    return faults | this.#latched;
  }

  #judge(acting: number, now: number): void {
    if (!this.#outputting) return;
    const action = worstAction(acting & ~Fault.eStop);
    this.#slowDown((acting & SLOWING) !== 0);
    if (action >= Action.stop) {
      if (this.#event('stop')) this.#executor.clear();
      if (this.#phase === 'stopping')
        this.#latched |= faultsFrom(acting & ~Fault.eStop, Action.stop);
      return;
    }
    if (action < Action.hold) {
      this.#event('clear');
      return;
    }
    this.#event('hold');
    // What was computed while something else than the chunks was wrong is not gone on with.
    if ((faultsFrom(acting, Action.hold) & ~CHUNK_FAULTS) !== 0) this.#forget(now);
  }

  #slowDown(slow: boolean): void {
    if (slow === this.#slow) return;
    this.#slow = slow;
    this.#filter.speedScale = slow ? this.#watch.slowFactor : 1;
  }

  #event(event: PhaseEvent): boolean {
    const next = nextPhase(this.#phase, event);
    if (next !== undefined) this.#phase = next;
    return next !== undefined;
  }

  #write(command: SafeCommand, now: number, period: number): void {
    this.#memory.command.send(command, now);
    this.#shown = commandFaults(command, period, this.#filter.energy);
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

/** An energy budget is about measured efforts: with one, all joints must have them. */
function energyNeeds({ limits, filter, watch }: LoopOptions): SafetyWatchOptions {
  if (filter?.energy === undefined) return {};
  const thresholds = limits.map((_, i) =>
    Math.min(watch?.effort?.thresholds[i] ?? Number.MAX_VALUE, Number.MAX_VALUE),
  );
  return { effort: { thresholds, timeout: watch?.effort?.timeout ?? EFFORT_TIMEOUT } };
}

/** Whether a setting that is 0 for off is on; one that was left out is not. */
function isOn(setting: number | undefined): boolean {
  return setting !== undefined && setting !== 0 && !Number.isNaN(setting);
}
