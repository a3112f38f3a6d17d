/**
 * Random numbers that are the same on every machine: a counter-based generator on 32-bit integers.
 * Each draw hashes (seed, stream, counter), so one stream's draws never shift another's.
 */

/** Mixes the bits of a 32-bit integer (the finaliser of MurmurHash3, public domain). */
function mix(value: number): number {
  let h = value >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

export class SeededRandom {
  readonly #key: number;
  #counter = 0;

  /**
   * @param seed whole number ≥ 0; its lower 53 bits count
   * @param stream names what the numbers are for: other streams of the same seed are independent
   */
  constructor(seed: number, stream: string) {
    let key = mix((seed >>> 0) ^ 0x9e3779b9);
    key = mix(key ^ (Math.floor(seed / 2 ** 32) >>> 0));
    for (let i = 0; i < stream.length; i++) key = mix(key ^ (stream.charCodeAt(i) + 0x3c6ef372));
    this.#key = key;
  }

  /** A uniform 32-bit integer. */
  nextUint32(): number {
    this.#counter = (this.#counter + 1) >>> 0;
    return mix(mix(this.#key + Math.imul(this.#counter, 0x9e3779b9)) ^ 0x5bd1e995);
  }

  /** Uniform in [0, 1), with 32 random bits. */
  next(): number {
    return this.nextUint32() / 4294967296;
  }

  /** Uniform in [low, high). */
  uniform(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  /** Standard normal (Box and Muller's transform). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
    return radius * Math.cos(2 * Math.PI * this.next());
  }
}
