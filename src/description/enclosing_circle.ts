/** A circle around discs in the plane. */

export interface Disc {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

/** Enough for 1 %, which is less than a capsule's own roundness costs. */
const STEPS = 120;

/**
 * A circle that holds all `discs`, close to the smallest: the centre steps
 * towards the farthest disc by ever smaller shares of the way (Bădoiu and Clarkson), and the radius
 * is then what that centre needs. It always encloses.
 */
export function enclosingCircle(discs: readonly Disc[]): Disc {
  const [first] = discs;
  if (first === undefined) return { x: 0, y: 0, radius: 0 };
  let x = first.x;
  let y = first.y;
  let best: Disc = { x, y, radius: Number.POSITIVE_INFINITY };
  for (let step = 1; step <= STEPS; step++) {
    let farthest = first;
    let reach = Number.NEGATIVE_INFINITY;
    for (const disc of discs) {
      const needed = length(disc.x - x, disc.y - y) + disc.radius;
      if (needed > reach) {
        reach = needed;
        farthest = disc;
      }
    }
    if (reach < best.radius) best = { x, y, radius: reach };
    // The far side of the disc, not its middle, is what the circle must reach.
    const gap = length(farthest.x - x, farthest.y - y);
    const share = gap > 1e-12 ? reach / gap / (step + 1) : 0;
    x += share * (farthest.x - x);
    y += share * (farthest.y - y);
  }
  return best;
}

/** Many times faster than Math.hypot, which guards against overflow. */
function length(x: number, y: number): number {
  return Math.sqrt(x * x + y * y);
}
