/**
 * One tick of the control loop: read, decide, filter, write. It has no clock and does no I/O, so the
 * tick thread, the lock-step mode and the tests run the same code. Allocates nothing in a tick but
 * for a chunk that arrives.
 */
import { Deferral } from '../safety/deferral.js';
import { Action, Fault, faultsFrom, stopKind, worstAction } from '../safety/failsafe.js';
import { SafetyFilter } from '../safety/filter.js';
import { Band, Reason } from '../safety/reasons.js';
import type { SafeCommand } from '../safety/safe_command.js';
import { Authority } from './authority.js';
import { ChunkIntake } from './chunk_intake.js';
import { commandFaults } from './command_faults.js';
import { CommandMixer } from './command_mixer.js';
import { type ControlMemory, Request, Status } from './control_memory.js';
import { createExecutor } from './executors/create_executor.js';
import { type Executor, Verdict } from './executors/executor.js';
import { JointMonitor } from './joint_monitor.js';
import { type LoopOptions, OVERRIDABLE, operatorNeeds, watchNeeds } from './loop_options.js';
import { LoopRecord } from './loop_record.js';
import { LoopRequests } from './loop_requests.js';
import { nextPhase, PHASES, type Phase, type PhaseEvent } from './mode.js';
import { SafetyWatch } from './safety_watch.js';
import { SettingsIntake } from './settings_intake.js';

export type { LoopOptions } from './loop_options.js';

/** An activation waits this long for a joint state that arrived after it was asked for, s. */
const START_PATIENCE = 1;
/** Two times this close are the same: stamps come as whole nanoseconds. */
const SAME_TIME = 1e-6;
/** A shorter tick, s, is none; as for the filter. */
const SHORTEST_PERIOD = 1e-5;
/** Faults whose action is to go on slowly. */
const SLOWING = faultsFrom(~0, Action.slow) & ~faultsFrom(~0, Action.hold);
/** Faults of the chunks themselves: the next good one ends the hold. */
const CHUNK_FAULTS =
  Fault.commandRejected | Fault.chunkRejected | Fault.chunkStale | Fault.chunkMissing;

export class LoopCore {
  readonly #memory: ControlMemory;
  readonly #options: LoopOptions;
  readonly #filter: SafetyFilter;
  readonly #executor: Executor;
  readonly #intake: ChunkIntake;
  readonly #authority: Authority;
  readonly #mixer: CommandMixer;
  readonly #joints: JointMonitor;
  readonly #watch: SafetyWatch;
  readonly #deferral = new Deferral();
  readonly #settings: SettingsIntake;
  readonly #requests: LoopRequests;
  readonly #record: LoopRecord;
  readonly #measured: Float64Array;
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

  /** @throws SinewError when limits are missing or inverted */
  constructor(memory: ControlMemory, options: LoopOptions) {
    const { limits, longestPeriod, startExcess, followingError, jump, future } = options;
    this.#memory = memory;
    this.#options = options;
    this.#filter = new SafetyFilter(limits, {
      longestPeriod,
      grossExcess: startExcess,
      followingError: followingError ?? Number.POSITIVE_INFINITY,
      ...options.filter,
    });
    this.#executor = createExecutor(limits.length, memory.maxPoints, options.executor, limits);
    this.#executor.future = future;
    this.#intake = new ChunkIntake(memory, this.#executor, limits);
    const operator = operatorNeeds(options);
    this.#authority = new Authority(memory.operator, limits.length, operator);
    this.#mixer = new CommandMixer(memory.operator, this.#executor, limits, operator);
    this.#joints = new JointMonitor(memory, limits, jump);
    this.#watch = new SafetyWatch(memory, watchNeeds(options));
    this.#settings = new SettingsIntake(memory, options);
    this.#requests = new LoopRequests(memory);
    this.#measured = this.#joints.position;
    this.#record = new LoopRecord(memory, options, this.#executor, this.#mixer, this.#measured);
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
    const h = period >= SHORTEST_PERIOD ? Math.min(period, this.#options.longestPeriod) : 0;
    this.#settings.take(this.#filter, this.#executor, this.#joints);
    this.#joints.read();
    this.#takeRequests(now);
    this.#takeAuthority(now);
    this.#takeChunk(now, h);
    this.#activate(now);
    const policy = this.#executor.sample(now);
    const faults = this.#findFaults(now, policy);
    const acting = this.#deferral.acting(faults, now);
    this.#judge(acting, now);
    const command = this.#command(policy, acting, period, h);
    if (this.#phase === 'stopping' && this.#filter.atRest) {
      this.#event('rest');
      this.#filter.release();
    }
    if (command !== undefined && this.#outputting) this.#write(command, now, period);
    const followed = policy && this.#phase === 'active' && this.#authority.policyCommands;
    const sent = this.#outputting ? command : undefined;
    this.#record.add(now, period, lateness, sent, policy, followed);
    if (this.#phase === 'inactive') {
      this.#outputting = false;
      this.#shown = 0;
    }
    this.#publishStatus(faults | this.#shown);
  }

  /** The command of this tick: what those with authority ask for, or a stop. */
  #command(policy: boolean, acting: number, period: number, h: number): SafeCommand | undefined {
    const { effort } = this.#joints;
    if (this.#phase !== 'active') {
      this.#mixer.release();
      return this.#filter.stop(period, stopKind(acting), this.#measured, effort);
    }
    // What is wrong with the policy makes its joints stand, while the operator goes on.
    const trusted = policy && faultsFrom(acting, Action.hold) === 0;
    this.#mixer.compose(h, this.#authority, trusted, this.#filter);
    return this.#filter.follow(period, this.#mixer.position, this.#measured, effort);
  }

  #takeRequests(now: number): void {
    const requests = this.#requests;
    if (requests.changed(Request.chunkRejected)) {
      this.#refused |= Fault.chunkRejected;
      this.#executor.clear();
    }
    if (requests.changed(Request.reset) && this.#event('reset')) {
      this.#filter.reset();
      this.#authority.event('reset');
    }
    if (requests.changed(Request.resume)) this.#authority.resume();
    if (requests.changed(Request.activate)) this.#asked = now;
    if (requests.changed(Request.deactivate)) {
      this.#asked = Number.NaN;
      if (this.#event('stop')) this.#forget(now);
    }
    // Last, so that nothing asked for at the same time outdoes it.
    if (requests.changed(Request.eStop)) {
      this.#filter.engage();
      this.#event('e_stop');
      this.#authority.event('e_stop');
      this.#forget(now);
    }
  }

  #takeAuthority(now: number): void {
    const authority = this.#authority;
    const moving = this.#phase === 'active' || this.#phase === 'hold';
    authority.update(now, moving, this.#executor.epoch);
    this.#mixer.operator.read(now, authority.since);
    if (authority.anew) this.#forget(now);
  }

  /** Drops what is being executed and whatever was computed before now. */
  #forget(now: number): void {
    this.#executor.clear();
    this.#executor.epoch = now - SAME_TIME;
    this.#mixer.forget();
    this.#refused = 0;
  }

  #takeChunk(now: number, h: number): void {
    const found = this.#intake.read();
    // Only a loop in motion has a use for chunks; those that came before are never executed.
    if (!found || (this.#phase !== 'active' && this.#phase !== 'hold')) return;
    if (!this.#intake.plausible()) {
      this.#refused |= Fault.commandRejected;
      this.#executor.clear();
      return;
    }
    const verdict = this.#intake.offer(now, this.#mixer.base(this.#filter), h);
    Atomics.add(this.#memory.status, Status.chunks + verdict, 1);
    if (verdict !== Verdict.taken) return;
    this.#refused = 0;
    this.#record.chunkTaken();
  }

  /** Answers an activation once a joint state has come that is newer than the question. */
  #activate(now: number): void {
    if (Number.isNaN(this.#asked)) return;
    if (this.#phase !== 'inactive') {
      this.#answer(this.#phase === 'e_stop' ? Fault.eStop : Fault.startRefused);
      return;
    }
    if (!(this.#joints.received >= this.#asked - SAME_TIME)) {
      if (now - this.#asked > START_PATIENCE) this.#answer(Fault.jointStateMissing);
      return;
    }
    this.#watch.restart(now, this.#joints);
    const standing = faultsFrom(this.#standing(now), Action.stop);
    if (standing !== 0) {
      this.#answer(standing);
      return;
    }
    const verdict = this.#filter.start(this.#measured);
    if (!verdict.ready) {
      const { joint, clearance } = verdict;
      const about = clearance < 0 ? joint : this.#filter.limits.length + clearance;
      this.#answer(Fault.startRefused, about);
      return;
    }
    this.#latched = 0;
    this.#forget(now);
    this.#joints.restart();
    this.#event('activate');
    this.#outputting = true;
    this.#answer(0);
  }

  #answer(fault: number, about = -1): void {
    this.#asked = Number.NaN;
    if (fault !== 0) this.#latched = fault;
    this.#requests.answer(fault, about);
  }

  /** Faults that are there whether the arm is commanded or not. */
  #standing(now: number): number {
    return this.#requests.faults | this.#watch.find(now, this.#joints);
  }

  #findFaults(now: number, policy: boolean): number {
    let faults = this.#standing(now) | this.#refused | this.#authority.faults;
    if (this.#phase === 'e_stop') faults |= Fault.eStop;
    const { watchdog } = this.#joints;
    if (!watchdog.seen) faults |= Fault.jointStateMissing;
    else if (watchdog.expired(now)) faults |= Fault.jointStateStale;
    if (!this.#outputting) return faults | this.#latched;
    faults |= this.#shown;
    if (this.#joints.jumped) faults |= Fault.jointStateJump;
    if (!this.#authority.policyCommands) return faults | this.#latched;
    const { chunkTimeoutS } = this.#settings.settings;
    if (!policy) faults |= Fault.chunkMissing;
    else if (now - this.#executor.stamp > chunkTimeoutS) faults |= Fault.chunkStale;
    return faults | this.#latched;
  }

  #judge(acting: number, now: number): void {
    if (!this.#outputting) return;
    const { operating, holding } = this.#authority;
    const counting = operating ? acting & ~OVERRIDABLE : acting;
    const action = worstAction(counting & ~Fault.eStop);
    this.#slowDown((counting & SLOWING) !== 0);
    if (action >= Action.stop) {
      if (this.#event('stop')) this.#executor.clear();
      if (this.#phase === 'stopping')
        this.#latched |= faultsFrom(counting & ~Fault.eStop, Action.stop);
      return;
    }
    if (action < Action.hold && !holding) {
      this.#event('clear');
      return;
    }
    this.#event('hold');
    // What was computed while something else than the chunks was wrong is not gone on with.
    const others = faultsFrom(counting, Action.hold) & ~CHUNK_FAULTS;
    if (others !== 0 || holding) this.#forget(now);
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
    this.#record.decided(command, now);
    this.#memory.command.send(command, now);
    this.#shown = commandFaults(command, period);
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
    Atomics.store(status, Status.resting, this.#filter.atRest ? 1 : 0);
    Atomics.store(status, Status.mode, this.#authority.code);
    Atomics.store(status, Status.epoch, this.#authority.epoch);
    Atomics.add(status, Status.ticks, 1);
    Atomics.add(status, Status.wake, 1);
    Atomics.notify(status, Status.wake);
  }
}
