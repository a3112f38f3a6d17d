/**
 * Reads a policy package from its folder: policy.json by its schema, every other file against the
 * SHA-256 that the package declares. Collects all faults, so that a user mends them in one go.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { errorLine, SinewError } from '../core/error.js';
import { packageRuleFaults } from './package_rules.js';
import { type PolicyPackageJson, packageSchema } from './package_schema.js';
import { type Statistics, statisticsSchema } from './statistics.js';

const MANIFEST = 'policy.json';

/** A package whose files are read and whose declarations agree with one another. */
export interface PolicyPackage {
  readonly dir: string;
  readonly spec: PolicyPackageJson;
  readonly statistics: Statistics;
  /** The bytes of each graph by its name in the package. */
  readonly graphs: ReadonlyMap<string, { readonly file: string; readonly bytes: Uint8Array }>;
}

/** `a.b[2]` for a path into a JSON file. */
function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, '');
}

/** Reads a JSON file by `schema`; pushes what is wrong onto `faults` and then gives undefined. */
export function readJson<T extends z.ZodType>(
  file: string,
  bytes: Uint8Array,
  schema: T,
  faults: string[],
): z.output<T> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (error) {
    faults.push(`${file}: not JSON (${errorLine(error)})`);
    return undefined;
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    const where = pathText(issue.path);
    faults.push(`${file}: ${where === '' ? '' : `${where}: `}${issue.message}`);
  }
  return undefined;
}

/** The file's bytes, or undefined with a fault when it is missing or not the declared one. */
function readHashed(
  dir: string,
  { file, sha256 }: { file: string; sha256?: string },
  faults: string[],
): Uint8Array | undefined {
  const path = join(dir, file);
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    faults.push(`${file}: cannot be read (${errorLine(error)})`);
    return undefined;
  }
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (sha256 === undefined || actual === sha256) return bytes;
  faults.push(
    `${file}: SHA-256 is ${actual} (${bytes.length} bytes); ${MANIFEST} expects ${sha256}; ` +
      'the file is damaged or of another export',
  );
  return undefined;
}

/** Reads the package as far as it goes; `package` is there only when `faults` is empty. */
export function inspectPackage(dir: string): { package?: PolicyPackage; faults: string[] } {
  const faults: string[] = [];
  if (!existsSync(join(dir, MANIFEST))) {
    faults.push(`${MANIFEST}: not found; expected a folder with a policy package`);
    return { faults };
  }
  const manifest = readHashed(dir, { file: MANIFEST }, faults);
  if (manifest === undefined) return { faults };
  const spec = readJson(MANIFEST, manifest, packageSchema, faults);
  if (spec === undefined) return { faults };
  const table = readHashed(dir, spec.statistics, faults);
  const statistics = table && readJson(spec.statistics.file, table, statisticsSchema, faults);
  const graphs = new Map<string, { file: string; bytes: Uint8Array }>();
  for (const [name, graph] of Object.entries(spec.graphs)) {
    const bytes = readHashed(dir, graph, faults);
    if (bytes !== undefined) graphs.set(name, { file: graph.file, bytes });
  }
  for (const fault of packageRuleFaults(spec, statistics)) faults.push(`${MANIFEST}: ${fault}`);
  if (faults.length > 0 || statistics === undefined) return { faults };
  return { package: { dir, spec, statistics, graphs }, faults };
}

/** @throws SinewError that names the first fault and says how many more there are */
export function loadPackage(dir: string): PolicyPackage {
  const { package: loaded, faults } = inspectPackage(dir);
  if (loaded !== undefined) return loaded;
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more)` : '';
  throw new SinewError(`${faults[0] ?? 'cannot be loaded'}${more}`, {
    where: `policy package ${dir}`,
    cure: 'run "sinew check" on it',
  });
}
