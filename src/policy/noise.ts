/**
 * Counter-based normal noise: the number at a place depends only on the seed and the place, so a
 * seed gives the same chunks on every machine and in any order of evaluation. Philox4x32-10
 * (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3") and the Box–Muller transform.
 */

const MULTIPLIER = [0xd2511f53, 0xcd9e8d57] as const;
const WEYL = [0x9e3779b9, 0xbb67ae85] as const;
const ROUNDS = 10;

/** High and low 32 bits of a·b for unsigned 32-bit a, b. */
function high32(a: number, b: number): number {
  const [aLow, aHigh, bLow, bHigh] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16];
  const low = aLow * bLow;
  const middle = aHigh * bLow + (low >>> 16);
  const cross = aLow * bHigh + (middle % 0x10000);
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(cross / 0x10000)) >>> 0;
}

/** Replaces the four counter words by four random words, under a key of two words. */
export function philox4x32(counter: Uint32Array, key0: number, key1: number): void {
  let [c0 = 0, c1 = 0, c2 = 0, c3 = 0] = counter;
  let [k0, k1] = [key0 >>> 0, key1 >>> 0];
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = high32(MULTIPLIER[0], c0);
    const low0 = Math.imul(MULTIPLIER[0], c0) >>> 0;
    const high1 = high32(MULTIPLIER[1], c2);
    const low1 = Math.imul(MULTIPLIER[1], c2) >>> 0;
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0;
    k0 = (k0 + WEYL[0]) >>> 0;
    k1 = (k1 + WEYL[1]) >>> 0;
  }
  counter[0] = c0;
  counter[1] = c1;
  counter[2] = c2;
  counter[3] = c3;
}

/** Where in the stream a block of noise lies; each part an unsigned 32-bit number. */
export interface NoisePlace {
  readonly episode: number;
  /** Index of the chunk within the episode. */
  readonly chunk: number;
  /** Which draw within the chunk: 0 the initial noise, k+1 the noise added after model call k. */
  readonly draw: number;
}

const words = new Uint32Array(4);

/**
 * Fills `out` with float32 numbers of the unit normal distribution.
 *
 * Counter words: [block, draw, chunk, episode], key: the seed's low and high 32 bits. Each block
 * of four words gives four numbers: u = (word + 0.5)/2³², pairs (u0, u1) and (u2, u3) through
 * r = √(−2 ln u), z = r·cos 2πv, r·sin 2πv, in float64 and rounded once.
 */
export function normalNoise(seed: number, place: NoisePlace, out: Float32Array): void {
  const low = seed >>> 0;
  const high = Math.floor(seed / 2 ** 32) >>> 0;
  for (let start = 0; start < out.length; start += 4) {
    words[0] = start / 4;
    words[1] = place.draw;
    words[2] = place.chunk;
    words[3] = place.episode;
    philox4x32(words, low, high);
    for (let pair = 0; pair < 4; pair += 2) {
      const radius = Math.sqrt(-2 * Math.log(((words[pair] ?? 0) + 0.5) / 2 ** 32));
      const angle = (2 * Math.PI * ((words[pair + 1] ?? 0) + 0.5)) / 2 ** 32;
      // Writes past the end of a typed array are ignored, which ends a block that is not whole.
      out[start + pair] = radius * Math.cos(angle);
      out[start + pair + 1] = radius * Math.sin(angle);
    }
  }
}
