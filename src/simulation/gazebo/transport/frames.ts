/**
 * Frames of the sockets: text to and from bytes.
 */

/** Frames of a received message, in order. */
export type Frames = readonly Uint8Array[];

const decoder = new TextDecoder();

/** Frame i as text; '' when there is none. */
export function textFrame(frames: Frames, i: number): string {
  const frame = frames[i];
  return frame === undefined ? '' : decoder.decode(frame);
}

/** Sockets take one message at a time: the next is sent when the socket has taken the last. */
export class SendQueue {
  #last: Promise<void> = Promise.resolve();

  /** @returns when the socket has taken the message; rejects when it cannot */
  send(
    socket: { send(frames: (string | Uint8Array)[]): Promise<void> },
    frames: readonly (string | Uint8Array)[],
  ): Promise<void> {
    const sent = this.#last.then(() => socket.send([...frames] as (string | Buffer)[]));
    this.#last = sent.catch(() => undefined);
    return sent;
  }
}

/** Hands each message of a socket to `take` until the socket is closed. */
export async function drain(
  socket: AsyncIterable<Uint8Array[]>,
  take: (frames: Frames) => void,
): Promise<void> {
  for await (const frames of socket) take(frames);
}
