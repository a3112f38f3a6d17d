/**
 * Who of the operators holds authority: the main thread's side. Takes their heartbeats, refuses what
 * is old, repeated or another's, and tells the tick what the one who holds authority wants.
 */
import { z } from 'zod';
import { SinewError } from '../core/error.js';
import { armMask, groupMask, type JointGroup, wholeMask } from './joint_groups.js';
import { type OperatorMemory, Want, type WantCode } from './operator_memory.js';

/** A heartbeat; docs/topics.md. */
export const heartbeatSchema = z.object({
  operator: z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/),
  name: z.string().max(64).optional(),
  seq: z.number().int().nonnegative(),
  deadman: z.boolean(),
  mode: z.enum(['operator', 'correction', 'shared', 'hold', 'policy']),
  groups: z.array(z.string().max(64)).max(24).optional(),
});
export type Heartbeat = z.output<typeof heartbeatSchema>;

export interface DeskOptions {
  readonly groups: readonly JointGroup[];
  /** Silence after which an operator is gone, s. */
  readonly timeout: number;
  /** By the id or its beginning; 0 for all others. Who is above another may take over from him. */
  readonly priorities: Readonly<Record<string, number>>;
}

/** Longest heartbeat, characters. */
const MOST_CHARACTERS = 1024;
/** Operators remembered, so that what they once sent cannot be sent again. */
const MOST_OPERATORS = 1000;
/** One who asks in vain is shown for so long after his last word, s. */
const SHOWN = 1;

interface Operator {
  readonly id: string;
  name: string;
  seq: number;
  heard: number;
  /** Whether the deadman is held, and was not when it was last seen otherwise. */
  deadman: boolean;
  /** Held while the link was lost, or when another took over: counts for nothing until released. */
  spent: boolean;
  refusedAt: number;
}

export class OperatorDesk {
  /** Heartbeats that were old or came again. */
  replayed = 0;
  readonly #memory: OperatorMemory;
  readonly #options: DeskOptions;
  readonly #known = new Map<string, Operator>();
  #holder: Operator | undefined;
  #gesture = 0;

  constructor(memory: OperatorMemory, options: DeskOptions) {
    this.#memory = memory;
    this.#options = options;
  }

  /** Who holds authority; undefined when nobody does. */
  get holder():
    | { readonly id: string; readonly name: string; readonly deadman: boolean }
    | undefined {
    return this.#holder;
  }

  /** Those who ask in vain. */
  refused(now: number): string[] {
    return [...this.#known.values()]
      .filter(({ refusedAt }) => now - refusedAt < SHOWN)
      .map(({ id }) => id);
  }

  /**
   * A heartbeat as it came.
   *
   * @param now time of arrival on the loop's clock, s
   * @throws SinewError for one that is not as docs/topics.md says
   */
  take(text: string, now: number): void {
    if (text.length > MOST_CHARACTERS) {
      throw new SinewError(`a heartbeat of ${text.length} characters`, {
        expected: `at most ${MOST_CHARACTERS}`,
      });
    }
    const parsed = heartbeatSchema.safeParse(parseJson(text));
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw new SinewError(`heartbeat: ${issue?.path.join('.')}: ${issue?.message}`, {
        expected: 'see docs/topics.md',
      });
    }
    this.#hear(parsed.data, now);
  }

  /** To be called now and then: notices that the holder is gone. */
  watch(now: number): void {
    const holder = this.#holder;
    if (holder === undefined || now - holder.heard <= this.#options.timeout) return;
    // The tick has noticed by itself. What this deadman still says when it is heard again is old.
    holder.spent = true;
    this.#holder = undefined;
  }

  #hear(beat: Heartbeat, now: number): void {
    const operator = this.#operator(beat);
    if (beat.seq <= operator.seq) {
      this.replayed++;
      return;
    }
    this.watch(now);
    operator.seq = beat.seq;
    if (operator.deadman && now - operator.heard > this.#options.timeout) operator.spent = true;
    operator.heard = now;
    operator.name = beat.name ?? operator.id;
    const pressed = beat.deadman && !operator.deadman;
    operator.deadman = beat.deadman;
    if (!beat.deadman) operator.spent = false;
    if (this.#holder === operator) this.#obey(operator, beat, pressed, now);
    else if (beat.deadman) this.#ask(operator, beat, now);
  }

  /** The holder's own word. */
  #obey(operator: Operator, beat: Heartbeat, pressed: boolean, now: number): void {
    if (beat.mode === 'policy') {
      this.#gesture++;
      this.#write(now, Want.handBack, beat);
      this.#holder = undefined;
      operator.spent = beat.deadman;
      return;
    }
    if (operator.spent) return;
    if (pressed) this.#gesture++;
    this.#write(now, beat.deadman ? Want[beat.mode] : Want.letGo, beat);
  }

  /** Somebody else with the deadman held. */
  #ask(operator: Operator, beat: Heartbeat, now: number): void {
    if (beat.mode === 'policy') return;
    const holder = this.#holder;
    const free = holder === undefined || !holder.deadman;
    const above = holder !== undefined && this.#priority(operator) > this.#priority(holder);
    if (operator.spent || !(free || above)) {
      operator.refusedAt = now;
      return;
    }
    if (holder !== undefined) holder.spent = holder.deadman;
    operator.refusedAt = Number.NEGATIVE_INFINITY;
    this.#holder = operator;
    this.#gesture++;
    this.#write(now, Want[beat.mode], beat);
  }

  #write(now: number, want: WantCode, { groups: names, mode }: Heartbeat): void {
    const { groups } = this.#options;
    const all = mode === 'shared' ? armMask(groups) : wholeMask(groups);
    const mask = names === undefined ? all : groupMask(groups, names);
    this.#memory.setAuthority(now, want, mask, this.#gesture);
  }

  #priority({ id }: Operator): number {
    const fitting = Object.keys(this.#options.priorities).filter((begin) => id.startsWith(begin));
    const longest = fitting.sort((a, b) => b.length - a.length)[0];
    return longest === undefined ? 0 : (this.#options.priorities[longest] ?? 0);
  }

  #operator({ operator: id }: Heartbeat): Operator {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    if (this.#known.size >= MOST_OPERATORS) {
      throw new SinewError(`more than ${MOST_OPERATORS} operators`, {
        cure: 'start the controller anew',
      });
    }
    const never = Number.NEGATIVE_INFINITY;
    const fresh: Operator = {
      id,
      name: id,
      seq: -1,
      heard: never,
      deadman: false,
      spent: false,
      refusedAt: never,
    };
    this.#known.set(id, fresh);
    return fresh;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new SinewError('a heartbeat that is not JSON', { expected: 'see docs/topics.md' });
  }
}
