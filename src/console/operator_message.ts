/**
 * What a page may send, as schemas: everything is checked before anything is looked at. A greeting
 * comes first; each later message carries the session, its own rising number, and the number of the
 * newest state that the page has seen.
 */
import { z } from 'zod';

const MODES = ['policy', 'operator', 'correction', 'shared', 'hold'] as const;

const envelope = {
  session: z.string().max(64),
  seq: z.int().min(1).max(Number.MAX_SAFE_INTEGER),
  /** Number of the newest state message that the page has seen. */
  echo: z.int().min(0).max(Number.MAX_SAFE_INTEGER),
};

const finite = z.number().min(-1000).max(1000);
const vector = z.tuple([finite, finite, finite]);
const name = z.string().min(1).max(100);
/** As the person at the page calls himself. */
const operatorName = z.string().max(60);
const perJoint = z
  .record(name, finite)
  .refine((joints) => Object.keys(joints).length <= 32, 'at most 32 joints');

export const helloSchema = z.strictObject({
  type: z.literal('hello'),
  token: z.string().max(200).optional(),
  name: operatorName.default(''),
});

export const operatorSchema = z.discriminatedUnion('type', [
  /** Who is at the page. */
  z.strictObject({ ...envelope, type: z.literal('name'), name: operatorName }),
  z.strictObject({
    ...envelope,
    type: z.literal('authority'),
    deadman: z.boolean(),
    mode: z.enum(MODES),
    groups: z.array(name).max(16),
  }),
  /** rad/s (m/s) by joint. */
  z.strictObject({ ...envelope, type: z.literal('joint_jog'), velocities: perJoint }),
  /** m/s and rad/s in the axes of the base or of the tool. */
  z.strictObject({
    ...envelope,
    type: z.literal('twist_jog'),
    frame: z.enum(['base', 'tool']),
    linear: vector,
    angular: vector,
  }),
  /** Position in m and unit quaternion x y z w of the tool in the base frame. */
  z.strictObject({
    ...envelope,
    type: z.literal('pose_target'),
    position: vector,
    orientation: z.tuple([finite, finite, finite, finite]),
  }),
  /** rad (m) by joint. */
  z.strictObject({ ...envelope, type: z.literal('joint_target'), positions: perJoint }),
  z.strictObject({ ...envelope, type: z.literal('e_stop') }),
  z.strictObject({ ...envelope, type: z.literal('reset') }),
  /** The policy goes on after the operator was lost. */
  z.strictObject({ ...envelope, type: z.literal('resume') }),
  z.strictObject({
    ...envelope,
    type: z.literal('lifecycle'),
    node: z.enum(['controller', 'policy']),
    active: z.boolean(),
  }),
  z.strictObject({
    ...envelope,
    type: z.literal('episode'),
    event: z.enum(['start', 'success', 'failure', 'note', 'discard']),
    note: z.string().max(500).optional(),
  }),
  z.strictObject({
    ...envelope,
    type: z.literal('policy'),
    package: z.string().max(300).optional(),
    instruction: z.string().max(500).optional(),
  }),
]);

export type Hello = z.output<typeof helloSchema>;
export type OperatorMessage = z.output<typeof operatorSchema>;
/** The message of one type. */
export type MessageOf<T extends OperatorMessage['type']> = Extract<OperatorMessage, { type: T }>;

/** Messages that move the arm, or let it be moved. */
export function moves(message: OperatorMessage): boolean {
  switch (message.type) {
    case 'authority':
      return message.deadman;
    case 'joint_jog':
    case 'twist_jog':
    case 'pose_target':
    case 'joint_target':
      return true;
    default:
      return false;
  }
}
