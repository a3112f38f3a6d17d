/** What `/controller/authority` says; docs/topics.md. */
import { Source, sourceOf } from '../control/authority.js';
import type { AuthorityMode } from '../control/authority_mode.js';
import type { JointGroup } from '../control/joint_groups.js';
import type { Phase } from '../control/mode.js';
import { Action, faultRows, faultsFrom } from '../safety/failsafe.js';

/** Who commands a group of joints. */
export type GroupAuthority = keyof typeof Source;

export interface AuthorityReport {
  readonly phase: Phase;
  readonly mode: AuthorityMode;
  readonly groups: Readonly<Record<string, GroupAuthority>>;
  /** Id and name of who holds authority. */
  readonly operator: string | null;
  readonly name: string | null;
  readonly deadman: boolean;
  /** Ids of those who ask in vain. */
  readonly refused: readonly string[];
  /** Why the arm stands, in a line; empty where it does not, or the policy alone is to blame. */
  readonly reason: string;
  readonly gate: {
    readonly score: number | null;
    readonly threshold: number;
    readonly asking: boolean;
  } | null;
  /** Hand-backs so far: the policy forgets what it saw when this changes. */
  readonly epoch: number;
}

const NAMES = Object.keys(Source) as GroupAuthority[];

/** @param mask groups that the operator asks for, as bits */
export function authorityOfGroups(
  mode: AuthorityMode,
  groups: readonly JointGroup[],
  mask: number,
): Record<string, GroupAuthority> {
  return Object.fromEntries(
    groups.map(({ name }, g) => [name, NAMES[sourceOf(mode, (mask & (1 << g)) !== 0)] ?? 'hold']),
  );
}

/** Why the arm stands, for people. */
export function whyHolding(mode: AuthorityMode, faults: number, name: string | undefined): string {
  const [worst] = faultRows(faultsFrom(faults, Action.hold));
  if (worst !== undefined) return worst.text;
  if (mode !== 'hold') return '';
  return name === undefined ? 'waits for a takeover or a hand-back' : `held by ${name}`;
}
