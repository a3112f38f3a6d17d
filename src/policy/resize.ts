/**
 * Bilinear resampling weights of one axis, with or without antialiasing: the triangle filter of
 * Pillow and of PyTorch's `interpolate(align_corners=False)`.
 */

/** Weights of each output place: `count[i]` source places from `first[i]`. */
export interface AxisWeights {
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** Row i starts at i·`stride`. */
  readonly weights: Float64Array;
  readonly stride: number;
}

/**
 * @param from length of the source axis, pixels
 * @param to length of the output axis, pixels
 * @param antialias widen the filter by the ratio when shrinking, so that no source pixel is skipped
 */
export function bilinearAxis(from: number, to: number, antialias: boolean): AxisWeights {
  const scale = from / to;
  const support = antialias ? Math.max(scale, 1) : 1;
  const stride = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(to);
  const count = new Int32Array(to);
  const weights = new Float64Array(to * stride);
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale;
    if (antialias) {
      const low = Math.max(0, Math.trunc(centre - support + 0.5));
      const high = Math.min(from, Math.trunc(centre + support + 0.5));
      let sum = 0;
      for (let j = low; j < high; j++) {
        const weight = Math.max(0, 1 - Math.abs((j - centre + 0.5) / support));
        weights[i * stride + j - low] = weight;
        sum += weight;
      }
      for (let j = 0; j < high - low; j++) {
        weights[i * stride + j] = (weights[i * stride + j] ?? 0) / sum;
      }
      first[i] = low;
      count[i] = high - low;
      continue;
    }
    const place = Math.max(0, centre - 0.5);
    const low = Math.min(Math.floor(place), from - 1);
    const rest = low + 1 < from ? place - low : 0;
    first[i] = low;
    count[i] = rest > 0 ? 2 : 1;
    weights[i * stride] = 1 - rest;
    weights[i * stride + 1] = rest;
  }
  return { first, count, weights, stride };
}
