/** Opens the graphs of a package and proves that they fit its program before anything runs. */
import type { InferenceSession } from 'onnxruntime-node';
import { errorLine, SinewError } from '../../core/error.js';
import { openGraph } from '../graph_session.js';
import { outputWidth, rowShape, type Signature, signatureFaults } from '../graph_signature.js';
import type { PolicyPackage } from '../package_file.js';
import type { SessionOptions } from '../session_options.js';
import { conditionParts } from './condition.js';
import { contextSignatures, encoderSignature, modelSignatures } from './program_signatures.js';

/** Open graphs by name, and the length of every feature that they give. */
export interface ProgramGraphs {
  readonly sessions: ReadonlyMap<string, InferenceSession>;
  readonly widths: ReadonlyMap<string, number>;
  /** Shape of each context for one row, [1, …]. */
  readonly contexts: ReadonlyMap<string, readonly number[]>;
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
  const fileOf = (name: string): string => source.graphs.get(name)?.file ?? name;
  const compare = (name: string, signature: Signature): void => {
    const session = sessions.get(name);
    if (session !== undefined) faults.push(...signatureFaults(fileOf(name), session, signature));
  };
  const widths = new Map<string, number>();
  for (const encoder of spec.program.encoders) {
    compare(encoder.graph, encoderSignature(spec, encoder));
    const session = sessions.get(encoder.graph);
    for (const [output, feature] of Object.entries(encoder.outputs)) {
      const width = session === undefined ? undefined : outputWidth(session, output);
      if (width !== undefined) widths.set(feature, width);
      else if (session?.outputNames.includes(output)) {
        const file = fileOf(encoder.graph);
        faults.push(`${file}: output "${output}" has no fixed last size; expected [1,F]`);
      }
    }
  }
  const contexts = new Map<string, readonly number[]>();
  for (const { graph, outputs } of spec.program.context) {
    const session = sessions.get(graph);
    for (const [output, name] of Object.entries(outputs)) {
      const shape = session && rowShape(session, output);
      if (shape !== undefined) contexts.set(name, shape);
      else if (session !== undefined) {
        faults.push(
          `${fileOf(graph)}: output "${output}" must exist and fix all sizes after the first; ` +
            `the graph has ${session.outputNames.join(', ')}`,
        );
      }
    }
  }
  const features = spec.program.encoders.flatMap(({ outputs }) => Object.values(outputs));
  const names = spec.program.context.flatMap(({ outputs }) => Object.values(outputs));
  if (features.every((name) => widths.has(name)) && names.every((name) => contexts.has(name))) {
    const parts = conditionParts(source, widths);
    const width = spec.horizon.observation * parts.reduce((sum, part) => sum + part.width, 0);
    for (const entry of contextSignatures(spec, width)) compare(...entry);
    for (const entry of modelSignatures(spec, width, contexts)) compare(...entry);
  }
  if (faults.length === 0) return { graphs: { sessions, widths, contexts }, faults };
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
