/**
 * Time from a picture's stamp to the arrival of the first command computed from it, as an onlooker
 * sees it. Both sides publish a row for every tick, [time of the tick, lateness, age of the newest
 * observation if its chunk is used first now], some rows a message; commands carry no stamp. Which
 * command a row belongs to follows from the order: both sides send one command a tick, so a message's
 * rows belong to the earliest run of commands in turn of which none came before its tick. Each message is
 * placed anew, so that a lost command disturbs one of them only.
 */

/** Numbers of a row. */
export const ROW = 5;

export interface FirstUse {
  /** Stamp of the newest picture that the chunk was computed from, s. */
  readonly stamp: number;
  /** s from the stamp to the tick that used it first, as the side itself tells. */
  readonly toTick: number;
  /** s from the stamp to the arrival of that tick's command. */
  readonly toCommand: number;
}

/**
 * @param batches messages of rows, in the order of their arrival
 * @param arrivals times of arrival of all commands, ascending, on the same clock as the rows, s
 */
export function firstUses(
  batches: readonly Float64Array[],
  arrivals: readonly number[],
): FirstUse[] {
  const uses: FirstUse[] = [];
  for (const batch of batches) {
    const count = batch.length / ROW;
    const tick = (i: number) => batch[i * ROW] ?? Number.NaN;
    const fits = (start: number) => {
      for (let i = 0; i < count; i++) if (!((arrivals[start + i] ?? 0) >= tick(i))) return false;
      return true;
    };
    let from = arrivals.findIndex((arrival) => arrival >= tick(0));
    while (from >= 0 && from + count <= arrivals.length && !fits(from)) from++;
    if (from < 0 || from + count > arrivals.length) continue;
    for (let i = 0; i < count; i++) {
      const age = batch[i * ROW + 2] ?? Number.NaN;
      if (Number.isNaN(age)) continue;
      const stamp = tick(i) - age;
      uses.push({ stamp, toTick: age, toCommand: (arrivals[from + i] ?? 0) - stamp });
    }
  }
  return uses;
}
