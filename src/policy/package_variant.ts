/**
 * Variants of a package: other graphs for the same policy (all steps in one graph, half precision,
 * 8-bit weights, a split denoiser), each with the parity error that it may have.
 */
import type { PolicyPackageJson, ProgramSpec } from './package_schema.js';

/** Names of all graphs that a program runs. */
export function graphsOf(program: ProgramSpec): Set<string> {
  const stages = [
    ...program.encoders,
    ...program.context,
    program.denoiser,
    program.gradient,
    program.scoring,
    program.residual,
  ];
  return new Set(stages.flatMap((stage) => (stage ? [stage.graph] : [])));
}

/**
 * The package as its variant `name` has it: graphs replaced by name, parts of the program replaced
 * whole, the variant's tolerance. Graphs of the package that the variant does not run are left out.
 *
 * @returns undefined when there is no such variant
 */
export function applyVariant(spec: PolicyPackageJson, name: string): PolicyPackageJson | undefined {
  const variant = spec.variants[name];
  if (variant === undefined) return undefined;
  const { graphs, tolerance, context, sampler, denoiser } = variant;
  const program: ProgramSpec = {
    ...spec.program,
    context: context ?? spec.program.context,
    sampler: sampler ?? spec.program.sampler,
    denoiser: denoiser ?? spec.program.denoiser,
  };
  const run = graphsOf(program);
  const kept = Object.entries(spec.graphs).filter(([graph]) => run.has(graph));
  return {
    ...spec,
    program,
    graphs: { ...Object.fromEntries(kept), ...graphs },
    parity: { ...spec.parity, tolerance },
  };
}
