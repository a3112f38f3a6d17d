// Every sampler against runs of the real packages, call by call (golden/reference_steps.json).
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { samplerSchema } from '../../src/policy/sampler_schema.js';
import { createSampler } from '../../src/policy/samplers/create_sampler.js';
import { sigmasOf } from '../../src/policy/samplers/sigmas.js';
import { ulpDistance } from './ulp.js';

const floats = z.string().transform((text) => {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'));
  return new Float32Array(bytes.buffer);
});

const caseSchema = z.strictObject({
  name: z.string(),
  reference: z.string(),
  sampler: samplerSchema,
  ulp: z.number().nullable(),
  initial: floats,
  inputs: floats,
  times: floats,
  spans: floats,
  outputs: floats,
  noises: z.array(floats.nullable()),
  after: floats,
  sigmas: floats.optional(),
  layout: z.strictObject({ steps: z.int(), start: z.int() }).optional(),
  calls: z.array(z.int()).optional(),
});

type Case = z.output<typeof caseSchema>;

const cases = z
  .array(caseSchema)
  .parse(
    JSON.parse(readFileSync(new URL('./golden/reference_steps.json', import.meta.url), 'utf8')),
  );

/** Size of one unit in the last place of a float32 number as large as `value`. */
function ulpOf(value: number): number {
  return 2 ** (Math.floor(Math.log2(Math.max(Math.abs(value), 2 ** -100))) - 23);
}

/** Largest number of all arrays. */
function largest(...arrays: Float32Array[]): number {
  return Math.max(...arrays.map((array) => array.reduce((m, v) => Math.max(m, Math.abs(v)), 0)));
}

function expectNear(own: Float32Array, reference: Float32Array, bound: number, what: string): void {
  expect(own.length, what).toBe(reference.length);
  for (const [i, value] of own.entries()) {
    const error = Math.abs(value - (reference[i] ?? Number.NaN));
    expect(error, `${what}, element ${i}: ${value} for ${reference[i]}`).toBeLessThanOrEqual(bound);
  }
}

/** Runs the case, each call from the reference's own sample, so that a fault shows where it is. */
function compare(test: Case): void {
  const size =
    test.calls === undefined ? test.initial.length : test.initial.length / test.calls.length;
  const sampler = createSampler(test.sampler, size, test.layout);
  const total = test.noises.length;
  const rows = test.times.length / total;
  const counts = test.calls ?? [total];
  let call = 0;
  for (const [chunk, count] of counts.entries()) {
    let x = test.initial.slice(chunk * size, (chunk + 1) * size);
    sampler.begin?.(x);
    if (test.sampler.type !== 'flow_heun') expect(sampler.evaluations).toBe(count);
    for (let e = 0; e < count; e++, call++) {
      const part = (values: Float32Array) => values.slice(call * size, (call + 1) * size);
      const what = `call ${call}`;
      const answered = test.outputs.length / total;
      const output = test.outputs.slice(call * answered, (call + 1) * answered);
      const [input, after] = [part(test.inputs), part(test.after)];
      const noise = test.noises[call] ?? null;
      const scale = largest(x, output, after, noise ?? x);
      const bound = test.ulp === null ? 1e-6 * Math.max(1, scale) : test.ulp * ulpOf(scale);
      const seen = test.ulp === null ? 1e-6 * Math.max(1, largest(x)) : ulpOf(largest(input, x));
      if (sampler.churns?.(e)) sampler.disturb?.(e, x, noise ?? new Float32Array());
      expectNear(sampler.inputOf?.(e, x) ?? x, input, seen, `${what} input`);
      const times = sampler.rowTimes?.(e) ?? Float32Array.of(sampler.timeOf(e));
      const asked = test.times.slice(call * rows, (call + 1) * rows);
      expectNear(times, asked, test.ulp === null ? 1e-6 : ulpOf(largest(asked)), `${what} time`);
      const span = test.spans[call] ?? 0;
      expect(ulpDistance(sampler.spanOf?.(e) ?? 0, span)).toBeLessThanOrEqual(1);
      const draws = sampler.usesNoise(e) || sampler.churns?.(e) === true;
      expect(draws, `${what} noise`).toBe(noise !== null);
      sampler.advance(e, x, output, noise ?? new Float32Array());
      expectNear(x, after, bound, what);
      x = after;
    }
  }
}

describe('a sampler does after every call what its reference does', () => {
  it.each(cases.map((test) => [test.reference, test.name, test] as const))(
    '%s: %s',
    (_, __, test) => compare(test),
  );
});

describe('noise levels', () => {
  it.each(cases.flatMap((test) => (test.sigmas === undefined ? [] : [[test.name, test] as const])))(
    'of %s equal those of the reference',
    (_, test) => {
      if (!('schedule' in test.sampler)) throw new Error('no noise levels');
      const own = sigmasOf(test.sampler);
      expect(own.length).toBe(test.sigmas?.length);
      for (const [i, sigma] of own.entries()) {
        const reference = test.sigmas?.[i] ?? Number.NaN;
        const bound = test.ulp === null ? 1e-6 * sigma : ulpOf(reference);
        expect(Math.abs(sigma - reference), `level ${i}`).toBeLessThanOrEqual(bound);
      }
    },
  );
});
