/** What the filter did with a command, and why, by number and in words. */

/** How the filter dealt with a command, the worst over its joints. */
export const Band = { pass: 0, limit: 1, reject: 2 } as const;

/** Why a joint's command differs from what was asked; the index into REASONS. */
export const Reason = {
  none: 0,
  position: 1,
  velocity: 2,
  acceleration: 3,
  jerk: 4,
  catchUp: 5,
  outside: 6,
  notFinite: 7,
  absurd: 8,
  followingError: 9,
  period: 10,
  stop: 11,
  synchronised: 12,
  energy: 13,
  selfCollision: 14,
  scene: 15,
  workspace: 16,
  toolSpeed: 17,
  decelerate: 18,
} as const;

/** A reason in words, for diagnostics. */
export const REASONS: readonly string[] = [
  'passed',
  'position limit',
  'velocity limit',
  'acceleration limit',
  'jerk limit',
  'catching up after a limit',
  'started outside its limits: inward only',
  'command not finite',
  'command far outside the position range',
  'joint does not follow its command',
  'tick period refused or capped',
  'stopping',
  'slowed to keep the direction of another joint',
  'energy budget',
  'distance to another link',
  'distance to the scene',
  'workspace limit',
  'tool speed limit',
  'no safe way on found: decelerating',
];
