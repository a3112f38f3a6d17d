// Delays of signals and pictures, known beforehand and found again.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Chirp, chirpAt, chirpPeaks } from '../../../src/hardware/latency/chirp.js';
import { delayOf } from '../../../src/hardware/latency/delay.js';
import { PictureMotion } from '../../../src/hardware/latency/picture_motion.js';
import { Signal } from '../../../src/hardware/latency/signal.js';

const CHIRP: Chirp = { amplitude: 0.15, duration: 8, from: 0.3, to: 2 };

/** The chirp sampled at `rate`, put off by `delay`, as `map` shows it. */
function sampled(rate: number, delay: number, map = (x: number) => x): Signal {
  const signal = new Signal();
  for (let i = 0; i < CHIRP.duration * rate; i++) {
    signal.push(i / rate, map(chirpAt(CHIRP, i / rate - delay)));
  }
  return signal;
}

describe('the chirp', () => {
  it('begins and ends at rest and never exceeds amplitude, speed and acceleration', () => {
    const { velocity, acceleration } = chirpPeaks(CHIRP);
    const h = 1e-4;
    for (let t = 0; t < CHIRP.duration; t += 0.003) {
      const [a, b, c] = [chirpAt(CHIRP, t - h), chirpAt(CHIRP, t), chirpAt(CHIRP, t + h)];
      expect(Math.abs(b)).toBeLessThanOrEqual(CHIRP.amplitude);
      expect(Math.abs(c - a) / (2 * h)).toBeLessThan(1.1 * velocity);
      expect(Math.abs(a - 2 * b + c) / (h * h)).toBeLessThan(1.3 * acceleration + 0.1);
    }
    expect(Math.abs(chirpAt(CHIRP, h) / h)).toBeLessThan(1e-3);
  });
});

describe('a delay', () => {
  it('is found within 2 ms at any rate, sign, scale, bend and offset of the signal', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 0.4, noNaN: true }),
        fc.constantFrom(25, 30, 60, 100),
        fc.constantFrom(-3, 0.01, 1),
        fc.double({ min: -2, max: 2, noNaN: true }),
        (delay, rate, scale, bend) => {
          const early = sampled(100, 0);
          const late = sampled(rate, delay, (x) => 7 + scale * (x + bend * x * x));
          expect(Math.abs(delayOf(early, late, 'a signal').delay - delay)).toBeLessThan(0.002);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('is found in noise', () => {
    const late = sampled(30, 0.083, (x) => x + 0.03 * Math.sin(x * 1e7));
    expect(delayOf(sampled(100, 0), late, 'a signal').delay).toBeCloseTo(0.083, 2);
  });

  it('of a signal that shows another motion, or none, is refused', () => {
    const early = sampled(100, 0);
    const other = sampled(30, 0, (x) => Math.sin(x * 1e9));
    expect(() => delayOf(early, other, 'camera wrist')).toThrow(
      /camera wrist does not show the motion/,
    );
    expect(() =>
      delayOf(
        early,
        sampled(30, 0, () => 1),
        'camera wrist',
      ),
    ).toThrow(/the motion/);
  });
});

describe('pictures', () => {
  it('of a bar that moves tell its delay', () => {
    const size = { width: 96, height: 72, channels: 3 };
    const motion = new PictureMotion();
    const [delay, rate] = [0.061, 30];
    for (let i = 0; i < CHIRP.duration * rate; i++) {
      const seen = i / rate - delay;
      const centre = 48 + 60 * chirpAt(CHIRP, seen);
      const data = new Uint8Array(size.width * size.height * 3);
      for (let y = 0; y < size.height; y++) {
        for (let x = 0; x < size.width; x++) {
          const near = Math.exp(-(((x - centre) / 10) ** 2));
          data.fill(40 + 180 * near, (y * size.width + x) * 3, (y * size.width + x + 1) * 3);
        }
      }
      motion.push(i / rate, data, size);
    }
    const { delay: found } = delayOf(sampled(100, 0), motion.signals(), 'the camera');
    expect(Math.abs(found - delay)).toBeLessThan(0.002);
  });
});
