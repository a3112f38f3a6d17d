/** Real-time chunking with whole inference programs. */
import { afterEach, describe, expect, it } from 'vitest';
import { normalNoise } from '../../../src/policy/noise.js';
import { ObservationBlock } from '../../../src/policy/observation_block.js';
import { loadPackage } from '../../../src/policy/package_file.js';
import { PolicyProgram } from '../../../src/policy/program/policy_program.js';
import type { ChunkingForm } from '../../../src/policy/real_time_chunking/real_time_chunking.js';
import { steerProgram } from '../../../src/policy/real_time_chunking/steer_program.js';
import { fixture } from '../packages.js';

let program: PolicyProgram | undefined;
afterEach(() => program?.close());

async function open(name: string) {
  const source = loadPackage(fixture(name));
  program = await PolicyProgram.open(source, { threads: 1 });
  return { source, program };
}

const options = (form: ChunkingForm) => ({ form, schedule: 'exp' as const });

describe('real-time chunking of a flow package', () => {
  it.each(['guided', 'velocity_freeze'] as const)(
    '%s brings the new chunk to the old one where that is executed',
    async (form) => {
      const { source, program: opened } = await open('tiny_flow');
      const chunking = steerProgram(opened, source.spec, options(form));
      const block = new ObservationBlock(source.spec);
      const infer = async (chunk: number, old?: Float32Array) => {
        const noise = (draw: number, out: Float32Array) =>
          normalNoise(1, { episode: 0, chunk, draw }, out);
        const real = source.spec.horizon.prediction;
        const steering = old && chunking.lead({ actions: old, real, delay: 2 });
        return (await opened.infer(block, noise, steering)).slice();
      };
      const old = await infer(0);
      const [free, led] = [await infer(1), await infer(1, old)];
      const joints = source.spec.action.joints.length;
      const off = (chunk: Float32Array, from: number, to: number) =>
        Math.max(...chunk.subarray(from, to).map((q, i) => Math.abs(q - (old[from + i] ?? 0))));
      expect(off(led, 0, 2 * joints)).toBeLessThan(0.25 * off(free, 0, 2 * joints));
      expect(led.every(Number.isFinite)).toBe(true);
    },
  );

  it('refuses what the package has no graph for', async () => {
    const { source, program: opened } = await open('tiny_flow');
    for (const form of ['guided_vjp', 'trained_prefix'] as const) {
      expect(() => steerProgram(opened, source.spec, options(form))).toThrow(/needs/);
    }
  });

  it('refuses a package that is no flow', async () => {
    const { source, program: opened } = await open('tiny_diffusion');
    expect(() => steerProgram(opened, source.spec, options('guided'))).toThrow(/flow/);
  });
});
