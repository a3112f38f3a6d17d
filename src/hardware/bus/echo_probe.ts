/**
 * Finds out whether an adapter returns what it sends (half-duplex wiring without a switch). It sends
 * the kind of packet that servos hear of each other all the time and never answer.
 */
import { toHexLine } from './hex_line.js';
import type { Transport } from './transport.js';

/** An id that no servo has. */
const NOBODY = 0xfd;
/** ms in which an echo comes back through any adapter, where replies are not given longer. */
const LEAST_MS = 20;

/**
 * Sets `transport.echo`, and returns it.
 *
 * @param replyTimeoutMs what replies may take beyond their time on the wire
 */
export async function probeEcho(transport: Transport, replyTimeoutMs: number): Promise<boolean> {
  const sent = transport.protocol.encodeStatus({ id: NOBODY, error: 0, data: new Uint8Array(0) });
  const heard = await transport.listen(sent, Math.max(LEAST_MS, replyTimeoutMs), sent.length);
  transport.echo = toHexLine(heard).includes(toHexLine(sent));
  return transport.echo;
}
