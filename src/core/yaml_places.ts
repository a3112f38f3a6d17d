/** Where the values of a YAML file stand in it, to tell a reader which line to change. */
import { readFileSync } from 'node:fs';
import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
} from 'yaml';

/** Line (from 1) in which the value at a key path is written; undefined where the file has none. */
export type YamlPlaces = (path: readonly (string | number)[]) => number | undefined;

/** The places of a file that `loadYaml` has accepted. */
export function yamlPlaces(file: string): YamlPlaces {
  const lines = new LineCounter();
  const document = parseDocument(readFileSync(file, 'utf8'), { lineCounter: lines });
  return (path) => {
    let node: unknown = document.contents;
    let line: number | undefined;
    /** What an alias stands for is written elsewhere: the line that uses it is the one to change. */
    let within = true;
    for (const key of path) {
      const found = step(node, key);
      if (found === undefined) return undefined;
      if (within && found.offset !== undefined) line = lines.linePos(found.offset).line;
      within &&= !isAlias(found.value);
      node = isAlias(found.value) ? found.value.resolve(document) : found.value;
    }
    return line;
  };
}

function step(
  node: unknown,
  key: string | number,
): { value: unknown; offset: number | undefined } | undefined {
  if (isSeq(node)) {
    const value = node.items[Number(key)] as Node | undefined;
    return value === undefined ? undefined : { value, offset: value.range?.[0] };
  }
  if (!isMap(node)) return undefined;
  for (const pair of node.items) {
    if (!isPair(pair) || !isScalar(pair.key) || String(pair.key.value) !== key) continue;
    return { value: pair.value, offset: pair.key.range?.[0] };
  }
  return undefined;
}
