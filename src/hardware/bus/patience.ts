/**
 * Time that a wait may take, counted while this program runs: a computer that is too busy to run it
 * must not make a servo look silent whose answer is there already.
 */

/** A wait is cut into so many parts, and arrivals are looked at between them. */
const PARTS = 4;

/**
 * Calls `over` after `ms`; however long the program was held up, arrivals were looked at before.
 *
 * @returns a function that ends the wait
 */
export function startPatience(ms: number, over: () => void): () => void {
  const part = Math.ceil(ms / PARTS);
  let left = PARTS;
  let timer = setTimeout(next, part);
  function next(): void {
    left--;
    if (left === 0) over();
    else timer = setTimeout(next, part);
  }
  return () => clearTimeout(timer);
}

/** Waits `ms`, as `startPatience` does. */
export function patience(ms: number): Promise<void> {
  return new Promise((resolve) => {
    startPatience(ms, resolve);
  });
}
