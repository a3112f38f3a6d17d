/** What each graph of a package has to take and give, by its declaration. */
import type { Signature, TensorSpec } from '../graph_signature.js';
import type { PolicyPackageJson, ProgramSpec } from '../package_schema.js';
import { learnsVariance } from '../samplers/ddpm.js';
import { sampleShape } from './sample_shape.js';

/** Shape of the tensor that an encoder is fed for the observation `key`. */
function encoderInput(spec: PolicyPackageJson, key: string): number[] {
  const input = spec.observation[key];
  if (input === undefined) return [];
  if (input.type === 'state') return [1, input.joints.length];
  const size = input.resize ?? input.crop ?? input.source;
  return [1, 3, size.height, size.width];
}

export function encoderSignature(
  spec: PolicyPackageJson,
  encoder: ProgramSpec['encoders'][number],
): Signature {
  return {
    inputs: Object.entries(encoder.inputs).map(([name, key]) => ({
      name,
      shape: encoderInput(spec, key),
    })),
    outputs: Object.keys(encoder.outputs).map((name) => ({ name, shape: [1, null] })),
  };
}

/** Conditions that are computed at once: one, or one more without the dropped parts. */
export function conditionGroups({ guidance }: ProgramSpec): number {
  return guidance === undefined ? 1 : 2;
}

/** Signatures of the graphs that give the contexts, for a condition of `width` numbers. */
export function contextSignatures({ program }: PolicyPackageJson, width: number) {
  const groups = conditionGroups(program);
  return program.context.map(({ graph, input }): [string, Signature] => [
    graph,
    { inputs: [{ name: input, shape: [groups, width] }], outputs: [] },
  ]);
}

type ModelInputs = Pick<
  ProgramSpec['denoiser']['inputs'],
  'sample' | 'time' | 'condition' | 'context'
>;

/**
 * Signatures of the graphs that see the sample or the chunk.
 *
 * @param width numbers of one candidate's condition
 * @param contexts shape of each context for one row
 */
export function modelSignatures(
  spec: PolicyPackageJson,
  width: number,
  contexts: ReadonlyMap<string, readonly number[]>,
): [string, Signature][] {
  const { denoiser, gradient, sampler, scoring, residual, candidates } = spec.program;
  const { steps, width: columns } = sampleShape(spec);
  const rows = conditionGroups(spec.program) * candidates;
  const shared = (inputs: ModelInputs, count: number): TensorSpec[] => {
    const sample = [count, steps, columns];
    const time = denoiser.time_per_step ? [count, steps] : [count];
    const list: TensorSpec[] = [];
    if (inputs.sample !== undefined) list.push({ name: inputs.sample, shape: sample });
    if (inputs.time !== undefined) list.push({ name: inputs.time, shape: time });
    if (inputs.condition !== undefined)
      list.push({ name: inputs.condition, shape: [count, width] });
    for (const [name, context] of Object.entries(inputs.context)) {
      const [, ...rest] = contexts.get(context) ?? [1];
      list.push({ name, shape: [count, ...rest] });
    }
    return list;
  };
  const span = denoiser.inputs.span;
  const answered = learnsVariance(sampler) ? 2 * columns : columns;
  const signatures: [string, Signature][] = [
    [
      denoiser.graph,
      {
        inputs: [
          ...shared(denoiser.inputs, rows),
          ...(span === undefined ? [] : [{ name: span, shape: [rows] }]),
        ],
        outputs: [{ name: denoiser.output, shape: [rows, steps, answered] }],
      },
    ],
  ];
  if (gradient !== undefined) {
    const sample = [candidates, steps, columns];
    signatures.push([
      gradient.graph,
      {
        inputs: [
          ...shared(gradient.inputs, candidates),
          { name: gradient.inputs.cotangent, shape: sample },
        ],
        outputs: [{ name: gradient.output, shape: sample }],
      },
    ]);
  }
  const chunk = [1, spec.horizon.prediction, spec.action.joints.length];
  for (const [stage, actions, output] of [
    [scoring, [candidates, steps, columns], [candidates]],
    [residual, chunk, chunk],
  ] as const) {
    if (stage === null) continue;
    const inputs = [
      { name: stage.inputs.actions, shape: actions },
      { name: stage.inputs.condition, shape: [actions[0] ?? 1, width] },
    ];
    signatures.push([stage.graph, { inputs, outputs: [{ name: stage.output, shape: output }] }]);
  }
  return signatures;
}
