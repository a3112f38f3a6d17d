/** Opens the graphs of a package and proves that they fit its program before anything runs. */
import type { InferenceSession } from 'onnxruntime-node';
import { errorLine, SinewError } from '../../core/error.js';
import { openGraph, type SessionOptions } from '../graph_session.js';
import { outputWidth, type Signature, signatureFaults } from '../graph_signature.js';
import type { PolicyPackage } from '../package_file.js';
import type { PolicyPackageJson } from '../package_schema.js';
import { conditionParts } from './condition.js';

/** Open graphs by name, and the length of every feature that they give. */
export interface ProgramGraphs {
  readonly sessions: ReadonlyMap<string, InferenceSession>;
  readonly widths: ReadonlyMap<string, number>;
}

/** Shape of the tensor that an encoder is fed for the observation `key`. */
function encoderInput(spec: PolicyPackageJson, key: string): number[] {
  const input = spec.observation[key];
  if (input === undefined) return [];
  if (input.type === 'state') return [1, input.joints.length];
  const size = input.resize ?? input.crop ?? input.source;
  return [1, 3, size.height, size.width];
}

function encoderSignature(
  spec: PolicyPackageJson,
  encoder: PolicyPackageJson['program']['encoders'][number],
): Signature {
  return {
    inputs: Object.entries(encoder.inputs).map(([name, key]) => ({
      name,
      shape: encoderInput(spec, key),
    })),
    outputs: Object.keys(encoder.outputs).map((name) => ({ name, shape: [1, null] })),
  };
}

/** Signatures of the graphs that see the condition, of `width` numbers a candidate. */
function conditionedSignatures(spec: PolicyPackageJson, width: number): [string, Signature][] {
  const { denoiser, scoring, residual, candidates } = spec.program;
  const chunk = [spec.horizon.prediction, spec.action.joints.length];
  const { sample, time, condition } = denoiser.inputs;
  const signatures: [string, Signature][] = [
    [
      denoiser.graph,
      {
        inputs: [
          { name: sample, shape: [candidates, ...chunk] },
          { name: time, shape: [candidates] },
          { name: condition, shape: [candidates, width] },
        ],
        outputs: [{ name: denoiser.output, shape: [candidates, ...chunk] }],
      },
    ],
  ];
  for (const [stage, batch, output] of [
    [scoring, candidates, [candidates]],
    [residual, 1, [1, ...chunk]],
  ] as const) {
    if (stage === null) continue;
    const inputs = [
      { name: stage.inputs.actions, shape: [batch, ...chunk] },
      { name: stage.inputs.condition, shape: [batch, width] },
    ];
    signatures.push([stage.graph, { inputs, outputs: [{ name: stage.output, shape: output }] }]);
  }
  return signatures;
}

/** Opens all graphs; with any fault the sessions are closed again and only the faults returned. */
export async function inspectGraphs(
  source: PolicyPackage,
  options: SessionOptions,
): Promise<{ graphs?: ProgramGraphs; faults: string[] }> {
  const { spec } = source;
  const faults: string[] = [];
  const sessions = new Map<string, InferenceSession>();
  for (const [name, { file, bytes }] of source.graphs) {
    try {
      sessions.set(name, await openGraph(bytes, file, options));
    } catch (error) {
      faults.push(errorLine(error));
    }
  }
  const compare = (name: string, signature: Signature): void => {
    const session = sessions.get(name);
    const file = source.graphs.get(name)?.file ?? name;
    if (session !== undefined) faults.push(...signatureFaults(file, session, signature));
  };
  const widths = new Map<string, number>();
  for (const encoder of spec.program.encoders) {
    compare(encoder.graph, encoderSignature(spec, encoder));
    const session = sessions.get(encoder.graph);
    for (const [output, feature] of Object.entries(encoder.outputs)) {
      const width = session === undefined ? undefined : outputWidth(session, output);
      if (width !== undefined) widths.set(feature, width);
      else if (session?.outputNames.includes(output)) {
        const file = source.graphs.get(encoder.graph)?.file ?? encoder.graph;
        faults.push(`${file}: output "${output}" has no fixed last size; expected [1,F]`);
      }
    }
  }
  const features = spec.program.encoders.flatMap(({ outputs }) => Object.values(outputs));
  if (features.every((name) => widths.has(name))) {
    const parts = conditionParts(source, widths);
    const width = spec.horizon.observation * parts.reduce((sum, part) => sum + part.width, 0);
    for (const entry of conditionedSignatures(spec, width)) compare(...entry);
  }
  if (faults.length === 0) return { graphs: { sessions, widths }, faults };
  await Promise.all([...sessions.values()].map((session) => session.release()));
  return { faults };
}

/** @throws SinewError that names the first fault and says how many more there are */
export async function openProgramGraphs(
  source: PolicyPackage,
  options: SessionOptions,
): Promise<ProgramGraphs> {
  const { graphs, faults } = await inspectGraphs(source, options);
  if (graphs !== undefined) return graphs;
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more)` : '';
  throw new SinewError(`${faults[0] ?? 'graphs do not fit'}${more}`, {
    where: `policy package ${source.dir}`,
    cure: 'run "sinew check" on it',
  });
}
