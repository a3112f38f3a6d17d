/** Reads YAML settings against a zod schema; a refusal names file, line, column and key path. */
import { readFileSync } from 'node:fs';
import { type Document, isMap, isNode, isPair, isScalar, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { errorLine, SinewError } from './error.js';
import { expectation } from './schema_expectation.js';
import { knownKeys } from './schema_keys.js';

/** More than any settings file needs. */
const MAX_YAML_BYTES = 1_000_000;

/**
 * The values in a YAML file, checked and with defaults filled in.
 *
 * @param overrides `key.path=value` each, put over what the file says before it is checked
 * @throws SinewError whose line begins with `file:line:column:` for YAML that is malformed, an
 *   unknown key, a wrong type or value, a key that is missing or written twice
 */
export function loadYaml<S extends z.ZodType>(
  file: string,
  schema: S,
  overrides: readonly string[] = [],
): z.output<S> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new SinewError(`cannot read the file: ${errorLine(error)}`, { where: file });
  }
  return parseYaml(text, file, schema, overrides);
}

/** `loadYaml` of text; `file` is its name in errors. */
export function parseYaml<S extends z.ZodType>(
  text: string,
  file: string,
  schema: S,
  overrides: readonly string[] = [],
): z.output<S> {
  if (Buffer.byteLength(text) > MAX_YAML_BYTES) {
    throw new SinewError('the file is too large', {
      where: file,
      expected: `at most ${MAX_YAML_BYTES} bytes`,
    });
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const [fault] = document.errors;
  if (fault !== undefined) {
    throw new SinewError(`malformed YAML: ${fault.message}`, { where: at(fault.pos[0]) });
  }
  for (const override of overrides) applyOverride(document, override);
  const parsed = schema.safeParse(toValue(document, file) ?? {});
  if (parsed.success) return parsed.data;

  const faults = parsed.error.issues
    .flatMap((issue) => explain(issue, schema, document))
    // A key that is missing may be one that is misspelt: what is there comes first.
    .sort((a, b) => Number(a.what === MISSING) - Number(b.what === MISSING) || a.offset - b.offset);
  const [first] = faults;
  if (first === undefined) throw new SinewError('the file is not valid', { where: file });
  const rest = faults.length > 1 ? ` (and ${faults.length - 1} more)` : '';
  throw new SinewError(`${first.what}${rest}`, {
    where: `${at(first.offset)}: ${first.path || 'the file'}`,
    ...(first.expected === undefined ? {} : { expected: first.expected }),
  });
}

/** Sets one value given as `key.path=value` on a command line; the value is read as YAML. */
function applyOverride(document: Document, override: string): void {
  const split = override.indexOf('=');
  const path = override.slice(0, split).split('.');
  if (split < 1 || path.includes('')) {
    throw new SinewError(`"${override}" sets nothing`, {
      where: '--set',
      expected: 'key.path=value',
    });
  }
  const value = parseDocument(override.slice(split + 1));
  if (value.errors.length > 0) {
    throw new SinewError(`"${override}" has no YAML value`, { where: '--set' });
  }
  document.setIn(path, value.toJS());
}

/** Plain values; refuses aliases that would unfold without end. */
function toValue(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw new SinewError(`malformed YAML: ${errorLine(error)}`, { where: `${file}:1:1` });
  }
}

const MISSING = 'missing';

interface Fault {
  readonly path: string;
  readonly offset: number;
  readonly what: string;
  readonly expected?: string;
}

type Issue = z.core.$ZodIssue;

/** A schema issue as statements about places in the file. */
function explain(issue: Issue, schema: z.ZodType, document: Document): Fault[] {
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(schema, issue.path);
    return issue.keys.map((key) => ({
      path: pathText([...issue.path, key]),
      offset: keyOffset(document, issue.path, key),
      what: 'unknown key',
      ...(known.length === 0 ? {} : { expected: `one of ${known.join(', ')}` }),
    }));
  }
  const deeper = issue.code === 'invalid_union' ? closestBranch(issue) : undefined;
  if (deeper !== undefined) return explain(deeper, schema, document);
  const found = document.getIn(issue.path as PropertyKey[], true);
  const path = pathText(issue.path);
  if (found === undefined && issue.path.length > 0) {
    const offset = nodeOffset(document, issue.path.slice(0, -1));
    return [{ path, offset, what: MISSING, expected: expectation(issue) }];
  }
  const value = isScalar(found) ? `"${String(found.value)}" is not allowed` : 'not allowed';
  return [
    { path, offset: nodeOffset(document, issue.path), what: value, expected: expectation(issue) },
  ];
}

/** Of a union's branches, the issue that lies deepest: the branch that the file meant. */
function closestBranch(issue: Extract<Issue, { code: 'invalid_union' }>): Issue | undefined {
  const [best] = issue.errors
    .flat()
    .filter((inner) => inner.path.length > 0)
    .sort((a, b) => b.path.length - a.path.length);
  return best === undefined ? undefined : { ...best, path: [...issue.path, ...best.path] };
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i > 0 ? '.' : ''}${String(key)}`))
    .join('');
}

/** Where the value at `path` stands, or the nearest thing around it. */
function nodeOffset(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

/** Where `key` itself is written in the map at `path`. */
function keyOffset(document: Document, path: readonly PropertyKey[], key: string): number {
  const map = path.length === 0 ? document.contents : document.getIn(path, true);
  if (isMap(map)) {
    for (const pair of map.items) {
      if (isPair(pair) && isScalar(pair.key) && String(pair.key.value) === key) {
        return pair.key.range?.[0] ?? 0;
      }
    }
  }
  return nodeOffset(document, path);
}
