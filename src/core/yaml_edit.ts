/**
 * Sets values in a YAML file that a person keeps: only the bytes of the value change, or new ones come
 * in; comments, spacing and the way that collections are written stay to the byte.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isMap, isNode, isScalar, type Node, parseDocument, stringify, type YAMLMap } from 'yaml';
import { SinewError } from './error.js';

type Value = number | string | boolean;

/**
 * The text with `value` at `path`; maps on the way are made where they are missing.
 *
 * @param file its name in errors
 * @throws SinewError when the text is no YAML, or something other than a map or a plain value is there
 */
export function withYamlValue(
  text: string,
  file: string,
  path: readonly string[],
  value: Value,
): string {
  const document = parseDocument(text);
  const [fault] = document.errors;
  if (fault !== undefined)
    throw new SinewError(`malformed YAML: ${fault.message}`, { where: file });
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  let node: Node | null = document.contents;
  for (const [depth, key] of path.entries()) {
    const rest = path.slice(depth);
    if (isEmpty(node)) return filled(text, node, rest, value, newline);
    if (!isMap(node)) throw misfit(file, path.slice(0, depth), 'a map');
    if (!node.has(key)) return added(text, node, rest, value, newline);
    const next: unknown = node.get(key, true);
    if (next === null) return added(text, node, rest, value, newline);
    node = isNode(next) ? next : null;
  }
  if (!isScalar(node)) throw misfit(file, path, 'a plain value');
  return replaced(text, node, inline(value));
}

/** Sets values in a file, all of them or, when something fails, none. */
export function setYamlValues(
  file: string,
  values: readonly { readonly path: readonly string[]; readonly value: Value }[],
): void {
  let text = readFileSync(file, 'utf8');
  for (const { path, value } of values) text = withYamlValue(text, file, path, value);
  const temporary = `${file}.new`;
  writeFileSync(temporary, text);
  renameSync(temporary, file);
}

function misfit(file: string, path: readonly string[], expected: string): SinewError {
  const where = [file, path.join('.')].filter((part) => part !== '').join(': ');
  return new SinewError('this value cannot be set by a program', {
    where,
    expected: `${expected}, written out at its place`,
  });
}

/** Nothing where a map is wanted: an empty document, or a key without a value. */
function isEmpty(node: Node | null): boolean {
  return node === null || (isScalar(node) && node.value === null);
}

/** The text with a map in the place of nothing. */
function filled(
  text: string,
  node: Node | null,
  path: readonly string[],
  value: Value,
  newline: string,
): string {
  if (node === null) {
    const end = text === '' || text.endsWith('\n') ? '' : newline;
    return text + end + block(path, value, '', newline);
  }
  return replaced(text, node, `{ ${flow(path, value)} }`);
}

/** The text with a new key at the end of `map`. */
function added(
  text: string,
  map: YAMLMap,
  path: readonly string[],
  value: Value,
  newline: string,
): string {
  const [start, end] = map.range ?? [0, 0];
  if (map.flow === true) {
    if (map.items.length > 0) {
      const last = endOfPairs(map);
      return spliced(text, last, last, `, ${flow(path, value)}`);
    }
    const inside = text.slice(start + 1, end - 1);
    if (inside.trim() === '') return spliced(text, start, end, `{ ${flow(path, value)} }`);
    return spliced(text, start + 1, start + 1, ` ${flow(path, value)}`);
  }
  const indent = ' '.repeat(start - (text.lastIndexOf('\n', start - 1) + 1));
  const lines = block(path, value, indent, newline);
  // A map may end with its last line, or within it, where a comment follows.
  const found = text[end - 1] === '\n' ? end - 1 : text.indexOf('\n', end);
  if (found < 0) return text + newline + lines;
  return spliced(text, found + 1, found + 1, lines);
}

/** Where the last pair of a map in brackets ends. */
function endOfPairs({ items }: YAMLMap): number {
  const last = items.at(-1);
  const ends = [last?.key, last?.value].filter(isNode).map(({ range }) => range?.[1] ?? 0);
  return Math.max(...ends);
}

/** The text with something else for `node`, which may be nothing between a colon and a comment. */
function replaced(text: string, node: Node, put: string): string {
  const [start, end] = node.range ?? [0, 0];
  const before = start > 0 && /\S/.test(text.charAt(start - 1)) && start === end ? ' ' : '';
  const after = text[end] === '#' ? ' ' : '';
  return spliced(text, start, end, before + put + after);
}

function spliced(text: string, start: number, end: number, put: string): string {
  return text.slice(0, start) + put + text.slice(end);
}

/** A value, or a key, as it is written on a line. */
function inline(value: Value): string {
  return stringify(value, { lineWidth: 0, defaultStringType: 'PLAIN' }).trimEnd();
}

function flow([key = '', ...rest]: readonly string[], value: Value): string {
  const inner = rest.length === 0 ? inline(value) : `{ ${flow(rest, value)} }`;
  return `${inline(key)}: ${inner}`;
}

function block(path: readonly string[], value: Value, indent: string, newline: string): string {
  return path
    .map((key, depth) => {
      const last = depth === path.length - 1;
      return `${indent}${'  '.repeat(depth)}${inline(key)}:${last ? ` ${inline(value)}` : ''}${newline}`;
    })
    .join('');
}
