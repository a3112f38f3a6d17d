/** Sets values in a YAML file, leaving its comments and the rest of it as they are. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isMap, isScalar, parseDocument } from 'yaml';
import { SinewError } from './error.js';

/**
 * The text with `value` at `path`; maps on the way are made where they are missing.
 *
 * @param file its name in errors
 * @throws SinewError when the text is no YAML
 */
export function withYamlValue(
  text: string,
  file: string,
  path: readonly string[],
  value: unknown,
): string {
  const document = parseDocument(text);
  const [fault] = document.errors;
  if (fault !== undefined)
    throw new SinewError(`malformed YAML: ${fault.message}`, { where: file });
  for (let depth = 1; depth < path.length; depth++) {
    const above = path.slice(0, depth);
    if (!isMap(document.getIn(above))) document.setIn(above, document.createNode({}));
  }
  const there = document.getIn(path, true);
  // The node itself stays, for a comment may be attached to it.
  if (isScalar(there)) there.value = value;
  else document.setIn(path, document.createNode(value));
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

/** Sets values in a file, all of them or, when something fails, none. */
export function setYamlValues(
  file: string,
  values: readonly { readonly path: readonly string[]; readonly value: unknown }[],
): void {
  let text = readFileSync(file, 'utf8');
  for (const { path, value } of values) text = withYamlValue(text, file, path, value);
  const temporary = `${file}.new`;
  writeFileSync(temporary, text);
  renameSync(temporary, file);
}
