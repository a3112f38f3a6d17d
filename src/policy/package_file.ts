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
import { applyVariant } from './package_variant.js';
import { type Statistics, statisticsSchema } from './statistics.js';

const MANIFEST = 'policy.json';

/** A package whose files are read and whose declarations agree with one another. */
export interface PolicyPackage {
  readonly dir: string;
  /** The variant that `spec` is of; null for the package itself. */
  readonly variant: string | null;
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

/** What was found of a package. */
export interface PackageInspection {
  /** There only when `faults` is empty. */
  readonly package?: PolicyPackage;
  readonly faults: string[];
  /** Names of the package's variants, where the manifest could be read. */
  readonly variants: readonly string[];
}

/** The manifest's content for a variant, or undefined with a fault. */
function specOf(
  manifest: PolicyPackageJson,
  variant: string | null,
  faults: string[],
): PolicyPackageJson | undefined {
  if (variant === null) return manifest;
  const spec = applyVariant(manifest, variant);
  if (spec === undefined) {
    const names = Object.keys(manifest.variants).join(', ') || 'none';
    faults.push(`${MANIFEST}: has no variant "${variant}"; expected one of ${names}`);
  }
  return spec;
}

/** Reads the package, or one of its variants, as far as it goes. */
export function inspectPackage(dir: string, variant: string | null = null): PackageInspection {
  const faults: string[] = [];
  const variants: string[] = [];
  if (!existsSync(join(dir, MANIFEST))) {
    faults.push(`${MANIFEST}: not found; expected a folder with a policy package`);
    return { faults, variants };
  }
  const manifest = readHashed(dir, { file: MANIFEST }, faults);
  if (manifest === undefined) return { faults, variants };
  const whole = readJson(MANIFEST, manifest, packageSchema, faults);
  variants.push(...Object.keys(whole?.variants ?? {}));
  const spec = whole && specOf(whole, variant, faults);
  if (spec === undefined) return { faults, variants };
  const table = readHashed(dir, spec.statistics, faults);
  const statistics = table && readJson(spec.statistics.file, table, statisticsSchema, faults);
  const graphs = new Map<string, { file: string; bytes: Uint8Array }>();
  for (const [name, graph] of Object.entries(spec.graphs)) {
    const bytes = readHashed(dir, graph, faults);
    if (bytes !== undefined) graphs.set(name, { file: graph.file, bytes });
  }
  const where = variant === null ? MANIFEST : `${MANIFEST}: variant "${variant}"`;
  for (const fault of packageRuleFaults(spec, statistics)) faults.push(`${where}: ${fault}`);
  if (faults.length > 0 || statistics === undefined) return { faults, variants };
  return { package: { dir, variant, spec, statistics, graphs }, faults, variants };
}

/** @throws SinewError that names the first fault and says how many more there are */
export function loadPackage(dir: string, variant: string | null = null): PolicyPackage {
  const { package: loaded, faults } = inspectPackage(dir, variant);
  if (loaded !== undefined) return loaded;
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more)` : '';
  throw new SinewError(`${faults[0] ?? 'cannot be loaded'}${more}`, {
    where: `policy package ${dir}`,
    cure: 'run "sinew check" on it',
  });
}
