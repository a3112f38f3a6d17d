/** Counts of an encoder that begins anew after each turn. */

/** Into 0 … `turn`, the end left out. */
export function wrap(counts: number, turn: number): number {
  return ((counts % turn) + turn) % turn;
}

/** Into −2047 … 2047, which the register holds. */
export function wrapOffset(offset: number): number {
  const wrapped = ((offset + 2048) % 4096) - 2048;
  return wrapped === -2048 ? -2047 : wrapped;
}
