/**
 * The parity fixture of a package: raw inputs, noise and the chunk that the training code computed
 * from them. Running it proves that this runtime computes the same.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { errorLine, SinewError } from '../core/error.js';
import type { SamplerOverride } from './config.js';
import { ObservationBlock } from './observation_block.js';
import { type PolicyPackage, readJson } from './package_file.js';
import { PolicyProgram, type ProgramOptions } from './program/policy_program.js';
import { sampleShape } from './program/sample_shape.js';
import { changeableTypes } from './sampler_schema.js';
import type { NoiseSource } from './samplers/sampler.js';

const array = z.strictObject({
  shape: z.array(z.int().min(0)),
  dtype: z.enum(['uint8', 'float32']),
  offset: z.int().min(0).describe('bytes from the start of the file'),
  file: z.string().regex(/^[\w][\w.-]*$/),
});

export const paritySchema = z.strictObject({
  inputs: z.record(z.string(), array).describe('raw observations, oldest first: [observation, …]'),
  noise: array
    .optional()
    .describe(
      '[draws, K, steps, width]: the initial noise, then what each step that adds noise adds; ' +
        'absent where the program draws none',
    ),
  sampler: z
    .strictObject({
      type: changeableTypes.optional(),
      steps: z.int().min(1).optional(),
    })
    .default({}),
  expected: array.describe('[prediction, joints], rad'),
});

type ArrayRef = z.output<typeof array>;

function elements({ shape }: ArrayRef): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Copies the array's bytes out of its file. */
function readArray(dir: string, ref: ArrayRef, name: string): Uint8Array | Float32Array {
  const bytes = readFileSync(join(dir, ref.file));
  const size = elements(ref) * (ref.dtype === 'uint8' ? 1 : 4);
  if (ref.offset + size > bytes.length) {
    throw new SinewError(`"${name}" ends after the file`, {
      where: ref.file,
      expected: `${ref.offset + size} bytes, found ${bytes.length}`,
    });
  }
  // A copy begins at offset 0 of its own memory, as a Float32Array needs.
  const data = Uint8Array.from(bytes.subarray(ref.offset, ref.offset + size));
  return ref.dtype === 'uint8' ? data : new Float32Array(data.buffer);
}

/** The float32 array of `ref`, which must have `length` numbers, or a multiple of it. */
function readFloats(dir: string, ref: ArrayRef, name: string, length: number): Float32Array {
  const data = readArray(dir, ref, name);
  if (data instanceof Float32Array && data.length >= length && data.length % length === 0) {
    return data;
  }
  throw new SinewError(`parity "${name}" is ${ref.dtype}[${ref.shape.join(',')}]`, {
    expected: `float32 with ${length} numbers`,
  });
}

/** The result of the fixture. */
export interface ParityResult {
  /** Largest error, rad. */
  readonly error: number;
  readonly tolerance: number;
}

function fillObservation(
  { dir, spec }: PolicyPackage,
  inputs: Record<string, ArrayRef>,
): ObservationBlock {
  const block = new ObservationBlock(spec);
  for (const [key, input] of Object.entries(spec.observation)) {
    const ref = inputs[key];
    if (ref === undefined) throw new SinewError(`parity inputs lack "${key}"`);
    const data = readArray(dir, ref, key);
    const row = input.type === 'state' ? block.state(key, 0).length : block.image(key, 0).length;
    const dtype = input.type === 'state' ? 'float32' : 'uint8';
    if (ref.dtype !== dtype || data.length !== row * block.steps) {
      throw new SinewError(`parity input "${key}" is ${ref.dtype}[${ref.shape.join(',')}]`, {
        expected: `${dtype} with ${block.steps} rows of ${row} numbers`,
      });
    }
    for (let step = 0; step < block.steps; step++) {
      const part = data.subarray(step * row, (step + 1) * row);
      if (input.type === 'state') block.state(key, step).set(part);
      else block.image(key, step).set(part);
      block.setStamp(key, step, step / spec.rate_hz);
    }
  }
  return block;
}

/** A program with what the fixture feeds it. */
export interface OpenParity {
  readonly program: PolicyProgram;
  readonly observation: ObservationBlock;
  /** The fixture's noise from its beginning. */
  noise(): NoiseSource;
  readonly sampler: SamplerOverride;
  /** [prediction, joints], rad. */
  readonly expected: Float32Array;
}

/**
 * Opens the program with the fixture's sampler, observation and noise.
 *
 * @throws SinewError when the fixture is missing or does not fit the package
 */
export async function openParity(
  source: PolicyPackage,
  options: ProgramOptions = {},
): Promise<OpenParity> {
  const { dir, spec } = source;
  const { file } = spec.parity;
  const faults: string[] = [];
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(join(dir, file));
  } catch (error) {
    throw new SinewError(`cannot be read (${errorLine(error)})`, { where: file, cause: error });
  }
  const fixture = readJson(file, bytes, paritySchema, faults);
  if (fixture === undefined) throw new SinewError(faults.join(', '));
  const observation = fillObservation(source, fixture.inputs);
  const chunk = spec.horizon.prediction * spec.action.joints.length;
  const expected = readFloats(dir, fixture.expected, 'expected', chunk);
  const { batch, steps, width } = sampleShape(spec);
  const draws =
    fixture.noise === undefined
      ? new Float32Array()
      : readFloats(dir, fixture.noise, 'noise', batch * steps * width);
  // A variant that brings a sampler of its own is held to the same chunk by that sampler.
  const own = source.variant !== null && spec.variants[source.variant]?.sampler !== undefined;
  const sampler = own ? {} : fixture.sampler;
  const program = await PolicyProgram.open(source, { ...options, sampler });
  const noise = (): NoiseSource => {
    let used = 0;
    return (_draw, out) => {
      if (used + out.length > draws.length) {
        throw new SinewError('parity noise is too short for this sampler', { where: file });
      }
      out.set(draws.subarray(used, used + out.length));
      used += out.length;
    };
  };
  return { program, observation, noise, sampler, expected };
}

/**
 * Runs the fixture, as `runParity`, and refuses a chunk that differs by more than is declared.
 *
 * @throws SinewError also when the error exceeds the tolerance
 */
export async function requireParity(
  source: PolicyPackage,
  options: ProgramOptions = {},
): Promise<ParityResult> {
  const result = await runParity(source, options);
  const fault = parityFault(result, source.variant);
  if (fault === null) return result;
  throw new SinewError(fault, {
    where: `policy package ${source.dir}`,
    cure: 'leave out policy.variant, or settings of ONNX Runtime that change its numbers',
  });
}

/** What is wrong with a result, or null. */
export function parityFault(
  { error, tolerance }: ParityResult,
  variant: string | null,
): string | null {
  // Written so that a NaN error is a fault too.
  if (error <= tolerance) return null;
  const what = variant === null ? 'parity' : `parity of variant "${variant}"`;
  return (
    `${what}: the chunk differs from the training code's by ${error} rad; ` +
    `expected at most ${tolerance} rad`
  );
}

/**
 * Runs the fixture.
 *
 * @throws SinewError when the fixture is missing, does not fit the package, or a graph fails
 */
export async function runParity(
  source: PolicyPackage,
  options: ProgramOptions = {},
): Promise<ParityResult> {
  const { program, observation, noise, expected } = await openParity(source, options);
  try {
    const actions = await program.infer(observation, noise());
    const error = actions.reduce(
      (worst, value, i) => Math.max(worst, Math.abs(value - (expected[i] ?? Number.NaN))),
      0,
    );
    return { error, tolerance: source.spec.parity.tolerance };
  } finally {
    await program.close();
  }
}
