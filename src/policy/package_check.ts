/** Everything that can be known about a package before it moves a robot: `sinew check`. */
import { errorLine } from '../core/error.js';
import { inspectPackage } from './package_file.js';
import { type ParityResult, parityFault, runParity } from './parity.js';
import { inspectGraphs } from './program/program_graphs.js';
import type { SessionOptions } from './session_options.js';

export interface PackageReport {
  /** One clear line each; empty when the package and all its variants may run. */
  readonly faults: readonly string[];
  readonly name?: string;
  readonly parity?: ParityResult;
  /** Results of the variants, by name. */
  readonly variants?: Readonly<Record<string, ParityResult>>;
}

/** The package, or one variant of it. */
async function checkOne(
  dir: string,
  variant: string | null,
  options: SessionOptions,
): Promise<PackageReport & { readonly names: readonly string[] }> {
  const { package: source, faults, variants: names } = inspectPackage(dir, variant);
  if (source === undefined) return { faults, names };
  const { name } = source.spec;
  const inspection = await inspectGraphs(source, options);
  if (inspection.graphs === undefined) return { faults: inspection.faults, name, names };
  await Promise.all([...inspection.graphs.sessions.values()].map((session) => session.release()));
  try {
    const parity = await runParity(source, options);
    const fault = parityFault(parity, variant);
    return { faults: fault === null ? [] : [fault], name, parity, names };
  } catch (error) {
    const what = variant === null ? 'parity' : `parity of variant "${variant}"`;
    return { faults: [`${what}: ${errorLine(error)}`], name, names };
  }
}

/**
 * Validates files, hashes, declarations, statistics and graphs, then runs the parity fixture; the
 * same for every variant once the package itself is sound.
 */
export async function checkPackage(dir: string, threads = 1): Promise<PackageReport> {
  const { names, ...report } = await checkOne(dir, null, { threads });
  if (report.faults.length > 0 || names.length === 0) return report;
  const faults: string[] = [];
  const variants: Record<string, ParityResult> = {};
  for (const variant of names) {
    const { faults: found, parity } = await checkOne(dir, variant, { threads });
    faults.push(...found);
    if (parity !== undefined) variants[variant] = parity;
  }
  return { ...report, faults, variants };
}
