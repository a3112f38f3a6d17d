/**
 * Byte stuffing of Dynamixel protocol 2.0: within a packet, FF FF FD gets a further FD, so that the
 * header occurs only at a start.
 */

/** `bytes` with an FD after each FF FF FD. */
export function stuff(bytes: Uint8Array): Uint8Array {
  const out: number[] = [];
  for (const [i, byte] of bytes.entries()) {
    out.push(byte);
    if (byte === 0xfd && bytes[i - 1] === 0xff && bytes[i - 2] === 0xff) out.push(0xfd);
  }
  return Uint8Array.from(out);
}

/** The inverse of `stuff`: drops the FD that follows an FF FF FD. */
export function unstuff(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length);
  let length = 0;
  for (let i = 0; i < bytes.length; i++) {
    out[length++] = bytes[i] ?? 0;
    const header = bytes[i] === 0xfd && bytes[i - 1] === 0xff && bytes[i - 2] === 0xff;
    if (header && bytes[i + 1] === 0xfd) i++;
  }
  return out.subarray(0, length);
}
