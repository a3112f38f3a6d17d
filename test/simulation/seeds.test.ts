// What a seed decides, and when recurring things are due: the same on every machine.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SeededRandom } from '../../src/simulation/random.js';
import { sceneSchema } from '../../src/simulation/scene_config.js';
import { drawScene } from '../../src/simulation/scene_random.js';
import { Schedule } from '../../src/simulation/schedule.js';
import { scene } from './arm.js';

describe('random numbers', () => {
  test('are these, for ever', () => {
    const random = new SeededRandom(42, 'cube');
    expect([random.nextUint32(), random.nextUint32(), random.nextUint32()]).toEqual([
      844540432, 87513030, 2647631253,
    ]);
  });

  test('differ between seeds, streams, and seeds 2^32 apart', () => {
    const first = (seed: number, stream: string) => new SeededRandom(seed, stream).nextUint32();
    const values = [first(1, 'a'), first(2, 'a'), first(1, 'b'), first(1 + 2 ** 32, 'a')];
    expect(new Set(values).size).toBe(values.length);
  });

  test('are uniform, also in the first draw of consecutive seeds', () => {
    const firsts = Array.from({ length: 4000 }, (_, seed) => new SeededRandom(seed, 'x').next());
    const random = new SeededRandom(7, 'x');
    const many = Array.from({ length: 4000 }, () => random.next());
    for (const sample of [firsts, many]) {
      const bins = new Array<number>(10).fill(0);
      for (const value of sample)
        bins[Math.floor(value * 10)] = (bins[Math.floor(value * 10)] ?? 0) + 1;
      // 400 expected a bin, standard deviation 19.
      expect(Math.min(...bins)).toBeGreaterThan(310);
      expect(Math.max(...bins)).toBeLessThan(490);
    }
  });

  test('normal ones have mean 0 and variance 1', () => {
    const random = new SeededRandom(3, 'n');
    const sample = Array.from({ length: 5000 }, () => random.normal());
    const mean = sample.reduce((a, b) => a + b) / sample.length;
    const variance = sample.reduce((a, b) => a + (b - mean) ** 2, 0) / sample.length;
    expect(Math.abs(mean)).toBeLessThan(0.06);
    expect(Math.abs(variance - 1)).toBeLessThan(0.1);
  });
});

describe('scenes', () => {
  test('the cube starts flat in its region, which is at least 12 cm square, and off the target', () => {
    const { region, size } = scene.cube;
    expect(region.x[1] - region.x[0]).toBeGreaterThanOrEqual(0.12 - 1e-12);
    expect(region.y[1] - region.y[0]).toBeGreaterThanOrEqual(0.12 - 1e-12);
    for (let seed = 0; seed < 1000; seed++) {
      const { cube, target } = drawScene(scene, seed, 6);
      const [x, y, z] = cube.position;
      expect(x).toBeGreaterThanOrEqual(region.x[0]);
      expect(x).toBeLessThan(region.x[1]);
      expect(y).toBeGreaterThanOrEqual(region.y[0]);
      expect(y).toBeLessThan(region.y[1]);
      expect(z).toBeCloseTo(scene.table.height + size / 2, 12);
      expect(Math.hypot(...cube.quaternion)).toBeCloseTo(1, 12);
      const gap = Math.hypot(x - target[0], y - target[1]);
      expect(gap).toBeGreaterThan(scene.target.radius + size * Math.SQRT1_2);
    }
  });

  test('one kind of variation does not shift another', () => {
    const varied = sceneSchema.parse({
      target: { shift: 0.02 },
      variation: { light: 0.2, color: 0.1, home: 0.05 },
    });
    const plain = drawScene(scene, 11, 6);
    const more = drawScene(varied, 11, 6);
    expect(more.cube).toEqual(plain.cube);
    expect(plain.target).toEqual(scene.target.position);
    expect(more.target).not.toEqual(plain.target);
    expect(plain.light).toBe(1);
    expect(Math.max(...plain.colorShift, ...plain.homeShift)).toBe(0);
    expect(more.homeShift.some((shift) => shift !== 0)).toBe(true);
  });
});

describe('schedules', () => {
  test('30 Hz on 2 ms steps is due at the nearest steps, without drift', () => {
    const schedule = new Schedule(30, 0.002, 'cameras');
    const due: number[] = [];
    for (let step = 0; step <= 15_000; step++) if (schedule.take(step)) due.push(step);
    expect(due.slice(0, 4)).toEqual([0, 17, 33, 50]);
    expect(due.length).toBe(901);
    expect(due.at(-1)).toBe(15_000);
  });

  test('never fires twice for a due time, whatever the rate and the strides', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.5, max: 500, noNaN: true }),
        fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 100 }),
        (rate, strides) => {
          const schedule = new Schedule(rate, 0.002, 'x');
          let step = 0;
          let fired = schedule.take(0) ? 1 : 0;
          for (const stride of strides) {
            step += stride;
            if (schedule.take(step)) fired++;
            expect(schedule.take(step)).toBe(false);
          }
          expect(fired).toBeLessThanOrEqual(Math.floor(step * 0.002 * rate + 0.5) + 1);
        },
      ),
    );
  });

  test('a rate above the physics rate is refused', () => {
    expect(() => new Schedule(600, 0.002, 'joint_state_rate_hz')).toThrow(
      /joint_state_rate_hz of 600 Hz.*at most 500 Hz/,
    );
  });
});
