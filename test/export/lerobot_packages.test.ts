// Packages that the exporter made of LeRobot's policies (make_fixtures.py): the runtime computes the
// chunk of LeRobot's predict_action_chunk, and notices when anything that matters is another.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { checkPackage } from '../../src/policy/package_check.js';

const fixtures = fileURLToPath(new URL('./fixtures/', import.meta.url));
const names = readdirSync(fixtures);

/** The parts of the files that the tests change. */
interface Manifest {
  horizon: { observation: number };
  observation: Record<string, { type: string; crop?: { top: number } | null }>;
  program: { sample?: { start: number } };
  parity: { tolerance: number };
}
interface ArrayPlace {
  shape: number[];
  dtype: string;
  offset: number;
}
interface Fixture {
  inputs: Record<string, ArrayPlace>;
  noise?: ArrayPlace;
}

/** A copy of a package, and ways to change it. */
class Copy {
  readonly dir = mkdtempSync(join(tmpdir(), 'sinew-lerobot-'));

  constructor(name: string) {
    cpSync(join(fixtures, name), this.dir, { recursive: true });
    onTestFinished(() => rmSync(this.dir, { recursive: true, force: true }));
  }

  read<T>(file: string): T {
    return JSON.parse(readFileSync(join(this.dir, file), 'utf8')) as T;
  }

  edit(change: (manifest: Manifest) => void): this {
    const manifest = this.read<Manifest>('policy.json');
    change(manifest);
    writeFileSync(join(this.dir, 'policy.json'), JSON.stringify(manifest));
    return this;
  }

  /** Inverts pictures, or moves numbers by 0.1, in the fixture's data. */
  spoil({ shape, dtype, offset }: ArrayPlace): this {
    const file = join(this.dir, 'parity.bin');
    const data = readFileSync(file);
    const count = shape.reduce((product, size) => product * size, 1);
    for (let i = 0; i < count; i++) {
      if (dtype === 'uint8') data[offset + i] = 255 - (data[offset + i] ?? 0);
      else data.writeFloatLE(data.readFloatLE(offset + 4 * i) + 0.1, offset + 4 * i);
    }
    writeFileSync(file, data);
    return this;
  }

  async parityFault(): Promise<string> {
    const { faults } = await checkPackage(this.dir);
    return faults.join('; ');
  }
}

describe.each(names)('%s', (name) => {
  test('gives LeRobot’s chunk within 1e-5 rad', async () => {
    const report = await checkPackage(join(fixtures, name));
    expect(report.faults).toEqual([]);
    expect(report.parity?.error).toBeLessThan(1e-5);
    expect(report.parity?.tolerance).toBe(1e-4);
  });

  test('gives another chunk for another state, another picture of any camera, and other noise', async () => {
    const { inputs, noise } = new Copy(name).read<Fixture>('parity.json');
    const places = [...Object.values(inputs), ...(noise === undefined ? [] : [noise])];
    for (const place of places) {
      expect(await new Copy(name).spoil(place).parityFault()).toMatch(/^parity: the chunk differs/);
    }
  });
});

test('the chunk begins at the row of the sample that is due at the observation', async () => {
  for (const name of names.filter((one) => one.includes('diffusion'))) {
    const copy = new Copy(name).edit(({ program }) => {
      if (program.sample !== undefined) program.sample.start -= 1;
    });
    expect(await copy.parityFault()).toMatch(/^parity: the chunk differs/);
  }
});

test('the picture is cropped where LeRobot crops it', async () => {
  const copy = new Copy('lerobot_diffusion').edit(({ observation }) => {
    for (const { crop } of Object.values(observation)) if (crop) crop.top += 1;
  });
  expect(await copy.parityFault()).toMatch(/^parity: the chunk differs/);
});
