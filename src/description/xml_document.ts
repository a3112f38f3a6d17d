/**
 * Reads XML from files that nobody has vetted: size-capped, without document types or entities,
 * and with the line of every element for error messages.
 */
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { SinewError } from '../core/error.js';

/** An element without its text. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** Line of its opening tag, from 1. */
  readonly line: number;
}

/** More than any hand-made or generated URDF needs, and little enough to parse at once. */
export const MAX_XML_BYTES = 5_000_000;

const ATTRIBUTES = ':@';

/**
 * The root element of `xml`.
 *
 * @param file name for error lines
 * @throws SinewError naming file and line: over 5 MB, malformed, a DOCTYPE, an entity reference
 *   (even a predefined one: a robot needs none), or not exactly one root
 */
export function readXml(xml: string, file: string): XmlElement {
  const bytes = Buffer.byteLength(xml);
  if (bytes > MAX_XML_BYTES) {
    throw new SinewError(`the file is too large (${bytes} bytes)`, {
      where: `${file}:1`,
      expected: `at most ${MAX_XML_BYTES} bytes`,
    });
  }
  const text = xml.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
  refuseEntities(text, file);
  const valid = XMLValidator.validate(text);
  if (valid !== true) {
    throw new SinewError(`malformed XML: ${valid.err.msg}`, { where: `${file}:${valid.err.line}` });
  }
  const roots = parse(text, file);
  const [root, second] = roots;
  if (root === undefined) throw new SinewError('no XML element', { where: `${file}:1` });
  if (second !== undefined) {
    throw new SinewError(`a second root element <${second.name}>`, {
      where: `${file}:${second.line}`,
      expected: `only <${root.name}>`,
    });
  }
  return root;
}

function parse(text: string, file: string): XmlElement[] {
  const parser = new XMLParser({
    preserveOrder: true,
    ignoreAttributes: false,
    attributeNamePrefix: '',
    parseTagValue: false,
    parseAttributeValue: false,
    ignoreDeclaration: true,
    ignorePiTags: true,
    processEntities: false,
    captureMetaData: true,
  });
  const lines = new LineIndex(text);
  try {
    return elements(parser.parse(text), lines);
  } catch (error) {
    throw new SinewError(`malformed XML: ${error instanceof Error ? error.message : error}`, {
      where: `${file}:1`,
    });
  }
}

/** Turns the parser's ordered form (unknown to the type system) into elements. */
function elements(nodes: unknown, lines: LineIndex): XmlElement[] {
  if (!Array.isArray(nodes)) return [];
  const metadata = XMLParser.getMetaDataSymbol() as unknown as symbol;
  const result: XmlElement[] = [];
  for (const node of nodes as Record<string | symbol, unknown>[]) {
    const name = Object.keys(node).find((key) => key !== ATTRIBUTES);
    if (name === undefined || name === '#text') continue;
    const meta = node[metadata] as { startIndex?: number } | undefined;
    result.push({
      name,
      attributes: new Map(Object.entries((node[ATTRIBUTES] as Record<string, string>) ?? {})),
      children: elements(node[name], lines),
      line: lines.at(meta?.startIndex ?? 0),
    });
  }
  return result;
}

/** Refuses what could make a small file large or read another file, outside comments. */
function refuseEntities(text: string, file: string): void {
  const bare = text.replace(/<!--[\s\S]*?-->/g, (comment) => comment.replace(/[^\n]/g, ' '));
  const found = /<!(?:DOCTYPE|ENTITY)|&/i.exec(bare);
  if (found === null) return;
  const line = new LineIndex(bare).at(found.index);
  const what = found[0] === '&' ? 'an entity reference' : `${found[0]}`;
  throw new SinewError(`${what} is not allowed`, {
    where: `${file}:${line}`,
    expected: 'plain XML without document types and entities',
  });
}

/** Line numbers of character offsets. */
class LineIndex {
  private readonly starts: number[] = [0];

  constructor(text: string) {
    for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) this.starts.push(i + 1);
  }

  at(offset: number): number {
    let low = 0;
    let high = this.starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  }
}
