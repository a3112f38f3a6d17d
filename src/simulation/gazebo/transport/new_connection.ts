/**
 * How a publisher learns of a subscriber. Without this it stays silent.
 */
import { Dealer } from 'zeromq';
import type { Advertisement } from './discovery_packet.js';

/** Whether a publisher is of transport 8, which is told by a socket of its own. */
export const hasControlSocket = (offer: Advertisement): boolean =>
  /^tcp:\/\/[^/]+:\d+$/.test(offer.msg_pub?.ctrl ?? '');

/** For transport 11 and later: a discovery message whose `ctrl` names the publisher's process. */
export function connectionNotice(
  offer: Advertisement,
  processUuid: string,
  nodeUuid: string,
): Advertisement {
  return {
    ...offer,
    process_uuid: processUuid,
    node_uuid: nodeUuid,
    msg_pub: { msg_type: '', ...offer.msg_pub, ctrl: offer.process_uuid },
  };
}

/** Code of "new connection" on the control socket of transport 8. */
export const NEW_CONNECTION = '6';
/** How long the socket may take to reach the publisher, ms; it lives no longer. */
const LINGER_MS = 5000;

/** For transport 8: a message to the control socket of the publisher. */
export function greetPublisher(offer: Advertisement, processUuid: string, nodeUuid: string): void {
  const socket = new Dealer({ linger: LINGER_MS });
  socket.connect(offer.msg_pub?.ctrl ?? '');
  const type = offer.msg_pub?.msg_type ?? '';
  // Taken by the socket at once and sent in the background, also after it is closed.
  socket
    .send([offer.topic, processUuid, nodeUuid, type, NEW_CONNECTION])
    .catch(() => undefined)
    .finally(() => socket.close());
}
