/** What the page wants of the robot: a message before it is numbered. */
import type { OperatorMessage } from '../operator_message.js';

type Envelope = 'session' | 'seq' | 'echo';
type WithoutEnvelope<M> = M extends OperatorMessage ? Omit<M, Envelope> : never;

export type Wish = WithoutEnvelope<OperatorMessage>;
