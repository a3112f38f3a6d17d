/**
 * Who commands, as a table: (mode, event) → mode. What is not in it changes nothing. The modes say
 * who may command while the loop moves the arm; whether it moves is the table of mode.ts.
 */

/**
 * policy: chunks. operator: the operator's groups by the operator, the others stand. correction: the
 * operator adds a bounded difference to the policy. shared: the operator's groups by the operator,
 * the others by the policy. hold: all stand until somebody takes over or hands back.
 */
export type AuthorityMode = 'policy' | 'operator' | 'correction' | 'shared' | 'hold' | 'e_stop';

export type AuthorityEvent =
  | 'take_operator'
  | 'take_correction'
  | 'take_shared'
  | 'take_hold'
  /** The deadman was released, without a word on what is to come. */
  | 'let_go'
  /** The operator with the deadman held is not heard any more. */
  | 'lost'
  /** The gate asks for an operator. */
  | 'ask'
  /** The policy is to go on, by the operator's word or the resume service. */
  | 'hand_back'
  | 'e_stop'
  | 'reset';

/** By number, as they stand in shared memory. */
export const MODES: readonly AuthorityMode[] = [
  'policy',
  'operator',
  'correction',
  'shared',
  'hold',
  'e_stop',
];

const TAKE = {
  take_operator: 'operator',
  take_correction: 'correction',
  take_shared: 'shared',
  take_hold: 'hold',
  e_stop: 'e_stop',
} as const;
/** What ends an operator's command. */
const END = { let_go: 'hold', lost: 'hold', hand_back: 'policy' } as const;

const TABLE: Readonly<
  Record<AuthorityMode, Partial<Readonly<Record<AuthorityEvent, AuthorityMode>>>>
> = {
  policy: { ...TAKE, ask: 'hold' },
  operator: { ...TAKE, ...END },
  // Here the policy still commands, so that its gate still asks.
  correction: { ...TAKE, ...END, ask: 'hold' },
  shared: { ...TAKE, ...END },
  hold: { ...TAKE, hand_back: 'policy' },
  // What follows a reset needs an activation, which is as explicit as a hand-back.
  e_stop: { reset: 'policy' },
};

/** The mode after `event`, or undefined when the event means nothing in `mode`. */
export function nextMode(mode: AuthorityMode, event: AuthorityEvent): AuthorityMode | undefined {
  return TABLE[mode][event];
}
