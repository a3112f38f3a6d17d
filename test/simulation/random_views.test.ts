/** Random views: the files fit their description, repeat for a seed, and show the cube where it is. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadRobot } from '../../src/description/robot.js';
import { writeRandomViews } from '../../src/simulation/random_views.js';
import { sceneSchema } from '../../src/simulation/scene_config.js';

const FRAMES = 24;
const scene = sceneSchema.parse({});
const folder = mkdtempSync(join(tmpdir(), 'views-'));

async function write(name: string, seed: number): Promise<string> {
  const { description: robot, config } = loadRobot('config/so101.yaml');
  const out = join(folder, name);
  await writeRandomViews({
    folder: out,
    robot,
    joints: config.joints,
    scene,
    frames: FRAMES,
    seed,
  });
  return out;
}

const floats = (file: string): Float32Array => {
  const bytes = readFileSync(file);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
};

let first = '';
beforeAll(async () => {
  first = await write('first', 7);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the files hold what meta.json says', () => {
  const meta = JSON.parse(readFileSync(join(first, 'meta.json'), 'utf8')) as {
    cameras: string[];
    height: number;
    width: number;
    joints: string[];
    frames: number;
    labelled: boolean;
    episodes: unknown[];
  };
  expect(meta.frames).toBe(FRAMES);
  expect(meta.labelled).toBe(false);
  expect(meta.episodes).toHaveLength(FRAMES);
  expect(meta.cameras).toEqual(['wrist', 'front']);
  const pixels = FRAMES * meta.cameras.length * meta.height * meta.width * 3;
  expect(readFileSync(join(first, 'images.u8'))).toHaveLength(pixels);
  expect(floats(join(first, 'state.f32'))).toHaveLength(FRAMES * meta.joints.length);
  expect(floats(join(first, 'cube.f32'))).toHaveLength(FRAMES * 7);
});

test('cubes lie on the table or higher, with unit quaternions, at many places', () => {
  const cube = floats(join(first, 'cube.f32'));
  const rest = scene.table.height + scene.cube.size / 2;
  const places = new Set<number>();
  for (let i = 0; i < FRAMES; i++) {
    const row = cube.subarray(i * 7, i * 7 + 7);
    expect(row[2]).toBeGreaterThan(rest - 1e-5);
    expect(Math.hypot(...row.subarray(3))).toBeCloseTo(1, 5);
    places.add(row[0] ?? 0);
  }
  expect(places.size).toBe(FRAMES);
});

test('nearly every front picture shows something red', () => {
  const bytes = readFileSync(join(first, 'images.u8'));
  const size = 96 * 96 * 3;
  let seen = 0;
  for (let i = 0; i < FRAMES; i++) {
    const front = bytes.subarray((2 * i + 1) * size, (2 * i + 2) * size);
    let red = 0;
    for (let p = 0; p < size; p += 3) {
      const [r, g, b] = [front[p] ?? 0, front[p + 1] ?? 0, front[p + 2] ?? 0];
      if (r > 60 && r > 3 * g && r > 3 * b) red++;
    }
    if (red >= 4) seen++;
  }
  expect(seen).toBeGreaterThan(FRAMES * 0.7);
});

test('the same seed writes the same pictures', async () => {
  const again = await write('again', 7);
  for (const name of ['images.u8', 'state.f32', 'cube.f32']) {
    expect(readFileSync(join(again, name)).equals(readFileSync(join(first, name)))).toBe(true);
  }
});
