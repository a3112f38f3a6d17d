/** Evenly spaced float32 numbers. */
const { fround } = Math;

/** `count` values from `start` to `end`, counted from the nearer end as torch.linspace does. */
export function linspace32(start: number, end: number, count: number): Float32Array {
  const [first, last] = [fround(start), fround(end)];
  const step = count > 1 ? fround(fround(last - first) / (count - 1)) : 0;
  return Float32Array.from({ length: count }, (_, i) =>
    i < count / 2 ? first + step * i : last - step * (count - 1 - i),
  );
}
