/**
 * Authority in the tick: which mode is in force and who commands each joint. Acts on what the desk in
 * the main thread wrote (operator_desk.ts) and judges its age by itself, so that a main thread that
 * has stopped is an operator who is lost.
 */
import { Fault } from '../safety/failsafe.js';
import { type AuthorityEvent, type AuthorityMode, MODES, nextMode } from './authority_mode.js';
import { Gate, type GateOptions } from './gate.js';
import type { JointGroup } from './joint_groups.js';
import { AUTHORITY, type OperatorMemory, Want } from './operator_memory.js';

/** Who commands a joint. */
export const Source = {
  policy: 0,
  operator: 1,
  /** The policy, and the operator's bounded difference added. */
  correction: 2,
  hold: 3,
} as const;

export interface AuthorityOptions {
  readonly groups: readonly JointGroup[];
  /** Silence of an operator with the deadman held that is a loss, s; Infinity does not watch it. */
  readonly timeout: number;
  readonly gate?: GateOptions;
}

/** Why all stand in mode hold. */
type Reason = 'operator' | 'lost' | 'gate';

const EVENTS: ReadonlyMap<number, AuthorityEvent> = new Map<number, AuthorityEvent>([
  [Want.operator, 'take_operator'],
  [Want.correction, 'take_correction'],
  [Want.shared, 'take_shared'],
  [Want.hold, 'take_hold'],
  [Want.letGo, 'let_go'],
]);

export class Authority {
  /** By joint, codes of Source. */
  readonly sources: Uint8Array;
  /** When an operator took over last, s: what was commanded before it is another's. */
  since = Number.NEGATIVE_INFINITY;
  /** True in the tick in which the policy was given joints: what it computed before must go. */
  anew = false;
  /** Hand-backs so far. */
  epoch = 0;
  readonly gate: Gate | undefined;
  readonly #memory: OperatorMemory;
  readonly #options: AuthorityOptions;
  readonly #before: Uint8Array;
  readonly #row = new Float64Array(AUTHORITY.width);
  readonly #incoming = new Float64Array(AUTHORITY.width);
  #generation = 0;
  #mode: AuthorityMode = 'policy';
  #reason: Reason = 'operator';
  /** The gesture that took over last, the one that was lost, and the one answered by a hand-back. */
  #gesture = 0;
  #lost = 0;
  #answered = 0;

  constructor(memory: OperatorMemory, joints: number, options: AuthorityOptions) {
    this.#memory = memory;
    this.#options = options;
    this.sources = new Uint8Array(joints);
    this.#before = new Uint8Array(joints);
    this.gate = options.gate === undefined ? undefined : new Gate(memory, options.gate);
  }

  get mode(): AuthorityMode {
    return this.#mode;
  }

  /** The mode's place in MODES. */
  get code(): number {
    return MODES.indexOf(this.#mode);
  }

  /** Whether all joints are to stand. */
  get holding(): boolean {
    return this.#mode === 'hold';
  }

  /** Whether the operator moves joints by himself, and so goes on in spite of the policy's faults. */
  get operating(): boolean {
    return this.#mode === 'operator' || this.#mode === 'shared';
  }

  /** Whether the policy has a part in the command. */
  get policyCommands(): boolean {
    return this.#mode === 'policy' || this.#mode === 'correction' || this.#mode === 'shared';
  }

  /** The faults that hold the arm for want of an operator. */
  get faults(): number {
    if (this.#mode !== 'hold') return 0;
    if (this.#reason === 'lost') return Fault.operatorLost;
    return this.#reason === 'gate' ? Fault.gateAsks : 0;
  }

  /**
   * Judges what was heard of the operator up to `now` (s).
   *
   * @param moving whether the loop is in a phase in which something is commanded
   * @param epoch scores of chunks stamped before it do not count, s
   */
  update(now: number, moving: boolean, epoch: number): void {
    this.anew = false;
    this.#read();
    this.#hear(now);
    const asking = moving && (this.#mode === 'policy' || this.#mode === 'correction');
    if (!asking) this.gate?.rest();
    else if (this.gate?.asks(now, epoch) === true) this.event('ask');
    this.#assign();
  }

  /** Lets something else happen to the mode: e-stop, reset, or a hand-back by service. */
  event(event: AuthorityEvent): void {
    const next = nextMode(this.#mode, event);
    if (next === undefined || next === this.#mode) return;
    if (event === 'hand_back') this.epoch++;
    this.#reason = event === 'lost' ? 'lost' : event === 'ask' ? 'gate' : 'operator';
    this.#mode = next;
  }

  /** The hand-back that the resume service asks for: not while somebody holds the deadman. */
  resume(): void {
    this.#answered = this.#row[AUTHORITY.gesture] as number;
    this.event('hand_back');
  }

  #read(): void {
    const { authority } = this.#memory;
    if (authority.generation === this.#generation) return;
    const generation = authority.read(this.#incoming);
    if (generation < 0) return;
    this.#generation = generation;
    this.#row.set(this.#incoming);
  }

  #hear(now: number): void {
    const want = this.#row[AUTHORITY.want] as number;
    const gesture = this.#row[AUTHORITY.gesture] as number;
    if (want === Want.nothing || gesture === this.#lost || gesture === this.#answered) return;
    if (want === Want.handBack) {
      this.#answered = gesture;
      this.event('hand_back');
      return;
    }
    const silent = now - (this.#row[AUTHORITY.time] as number) > this.#options.timeout;
    if (want !== Want.letGo && silent) {
      this.#lost = gesture;
      this.event('lost');
      return;
    }
    const event = EVENTS.get(want);
    if (event === undefined) return;
    if (gesture !== this.#gesture) this.since = now;
    this.#gesture = gesture;
    this.event(event);
  }

  /** Says for each joint who commands it. */
  #assign(): void {
    const groups = this.#row[AUTHORITY.groups] as number;
    this.#before.set(this.sources);
    for (let g = 0; g < this.#options.groups.length; g++) {
      const source = sourceOf(this.#mode, (groups & (1 << g)) !== 0);
      const { joints } = this.#options.groups[g] as JointGroup;
      for (let i = 0; i < joints.length; i++) this.sources[joints[i] as number] = source;
    }
    for (let j = 0; j < this.sources.length; j++) {
      if (isPolicys(this.sources[j]) && !isPolicys(this.#before[j])) this.anew = true;
    }
  }
}

/** Who commands the joints of a group; `listed` is whether the operator asks for it. */
export function sourceOf(mode: AuthorityMode, listed: boolean): number {
  if (mode === 'policy') return Source.policy;
  if (mode === 'operator') return listed ? Source.operator : Source.hold;
  if (mode === 'shared') return listed ? Source.operator : Source.policy;
  if (mode === 'correction') return listed ? Source.correction : Source.policy;
  return Source.hold;
}

/** Whether the command of a joint follows the policy's. */
export function isPolicys(source: number | undefined): boolean {
  return source === Source.policy || source === Source.correction;
}
