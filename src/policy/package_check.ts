/** Everything that can be known about a package before it moves a robot: `sinew check`. */
import { errorLine } from '../core/error.js';
import { inspectPackage } from './package_file.js';
import { type ParityResult, runParity } from './parity.js';
import { inspectGraphs } from './program/program_graphs.js';

export interface PackageReport {
  /** One clear line each; empty when the package may run. */
  readonly faults: readonly string[];
  readonly name?: string;
  readonly parity?: ParityResult;
}

/** Validates files, hashes, declarations, statistics and graphs, then runs the parity fixture. */
export async function checkPackage(dir: string, threads = 1): Promise<PackageReport> {
  const { package: source, faults } = inspectPackage(dir);
  if (source === undefined) return { faults };
  const { name } = source.spec;
  const inspection = await inspectGraphs(source, { threads });
  if (inspection.graphs === undefined) return { faults: inspection.faults, name };
  await Promise.all([...inspection.graphs.sessions.values()].map((session) => session.release()));
  try {
    const parity = await runParity(source, { threads });
    // Written so that a NaN error is a fault too.
    if (parity.error <= parity.tolerance) return { faults, name, parity };
    const fault =
      `parity: the chunk differs from the training code's by ${parity.error} rad; ` +
      `expected at most ${parity.tolerance} rad`;
    return { faults: [fault], name, parity };
  } catch (error) {
    return { faults: [`parity: ${errorLine(error)}`], name };
  }
}
