import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadRobot } from '../../src/description/robot.js';
import { SafetyFilter } from '../../src/safety/filter.js';
import { RandomPushes } from '../../src/simulation/demonstration_disturbance.js';
import {
  DemonstrationWriter,
  readDemonstrationMeta,
} from '../../src/simulation/demonstration_file.js';
import { recordDemonstrations } from '../../src/simulation/demonstration_session.js';
import { SeededRandom } from '../../src/simulation/random.js';
import { World } from '../../src/simulation/world.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sinew-demonstration-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const layout = {
  cameras: ['wrist', 'front'],
  height: 2,
  width: 3,
  joints: ['a', 'b'],
  rate_hz: 15,
  prediction_horizon: 2,
};
const frame = (n: number) => ({
  images: new Uint8Array(36).fill(n),
  state: Float64Array.of(n, n + 0.5),
  action: Float64Array.of(n, n + 1, n + 2, n + 3),
  cube: Float64Array.of(n, 0, 0, 1, 0, 0, 0),
  phase: n,
});

describe('a folder of demonstrations', () => {
  it('holds what was added, and counts only finished episodes', () => {
    const writer = new DemonstrationWriter(folder, layout);
    writer.add(frame(1));
    writer.add(frame(2));
    writer.endEpisode(7, true);
    writer.add(frame(3));
    const meta = readDemonstrationMeta(folder);
    expect(meta.frames).toBe(2);
    expect(meta.episodes).toEqual([{ start: 0, length: 2, seed: 7, success: true }]);
    writer.endEpisode(8, false);
    writer.close();
    expect(readDemonstrationMeta(folder).episodes[1]).toEqual({
      start: 2,
      length: 1,
      seed: 8,
      success: false,
    });
    const floats = (name: string) => [
      ...new Float32Array(new Uint8Array(readFileSync(join(folder, name))).buffer),
    ];
    expect(floats('state.f32')).toEqual([1, 1.5, 2, 2.5, 3, 3.5]);
    expect(floats('action.f32')).toEqual([1, 2, 3, 4, 2, 3, 4, 5, 3, 4, 5, 6]);
    expect([...readFileSync(join(folder, 'phase.u8'))]).toEqual([1, 2, 3]);
    expect(readFileSync(join(folder, 'images.u8'))).toHaveLength(3 * 36);
  });

  it('takes no frame of another size, and nothing of it', () => {
    const writer = new DemonstrationWriter(folder, layout);
    const faulty = { ...frame(1), action: new Float64Array(3) };
    expect(() => writer.add(faulty)).toThrow(/3 values for action.f32; expected 4/);
    writer.endEpisode(0, false);
    writer.close();
    expect(readFileSync(join(folder, 'images.u8'))).toHaveLength(0);
  });

  it('is asked for by its path when it is not there', () => {
    expect(() => readDemonstrationMeta(join(folder, 'none'))).toThrow(/none.*no demonstrations/);
  });
});

describe('random pushes', () => {
  it('displace nothing that the chunk’s observation has seen', () => {
    const pushes = new RandomPushes(new SeededRandom(1, 'test'), 20, 0.5, 1);
    const setPoint = new Float64Array(6);
    pushes.apply(setPoint, 3.2, 3.2);
    expect([...setPoint]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('add up over successive stretches of time', () => {
    const pushes = new RandomPushes(new SeededRandom(2, 'test'), 20, 0.5, 1);
    const [whole, parts] = [new Float64Array(6), new Float64Array(6)];
    pushes.apply(whole, 1, 3);
    pushes.apply(parts, 1, 1.7);
    pushes.apply(parts, 1.7, 3);
    expect(Math.hypot(...whole)).toBeGreaterThan(0.01);
    for (const [j, value] of whole.entries()) expect(parts[j]).toBeCloseTo(value, 12);
  });
});

describe('a session of demonstrations', () => {
  it('records the same frames for the same seed, each with the expert’s chunk', async () => {
    const { description: robot, limits } = loadRobot('config/so101.yaml');
    const world = await World.create({ robot });
    const states: Buffer[] = [];
    for (const name of ['one', 'two']) {
      const results: boolean[] = [];
      await recordDemonstrations({
        folder: join(folder, name),
        world,
        robot,
        episodes: 1,
        seed: 11,
        disturbance: 0.5,
        filter: new SafetyFilter(limits),
        onEpisode: (_index, { success }) => results.push(success),
      });
      expect(results).toEqual([true]);
      states.push(readFileSync(join(folder, name, 'action.f32')));
    }
    world.dispose();
    expect(states[0]?.equals(states[1] ?? Buffer.alloc(0))).toBe(true);
    const meta = readDemonstrationMeta(join(folder, 'one'));
    expect(meta.frames).toBeGreaterThan(30);
    expect(states[0]).toHaveLength(meta.frames * 16 * 6 * 4);
    expect(readFileSync(join(folder, 'one', 'images.u8'))).toHaveLength(
      meta.frames * 2 * 96 * 96 * 3,
    );
  }, 240_000);
});
