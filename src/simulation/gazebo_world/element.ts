/** XML as nested lines: enough to write a world file, with every value escaped in one place. */

/** One or more elements, written out; made by {@link element} and {@link joinElements}. */
export type Xml = string & { readonly xml: unique symbol };

type Child = Xml | string | number | boolean | readonly number[] | undefined;

/**
 * An element. A child that is {@link Xml} is nested; another value is written as text, numbers
 * of an array apart by spaces, booleans as 1 and 0; undefined is left out.
 */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | undefined>>,
  ...children: readonly Child[]
): Xml {
  const written = Object.entries(attributes)
    .map(([key, value]) => (value === undefined ? '' : ` ${key}="${escapeXml(value)}"`))
    .join('');
  const present = children.filter((child) => child !== undefined && child !== '');
  if (present.length === 0) return `<${name}${written}/>` as Xml;
  if (present.length === 1 && !isXml(present[0])) {
    return `<${name}${written}>${text(present[0])}</${name}>` as Xml;
  }
  const inner = present.map((child) => indent(isXml(child) ? child : text(child))).join('\n');
  return `<${name}${written}>\n${inner}\n</${name}>` as Xml;
}

/** An element without attributes that holds one value. */
export function value(name: string, content: Exclude<Child, Xml>): Xml {
  return element(name, {}, content);
}

/** Elements one after the other. */
export function joinElements(elements: readonly Xml[]): Xml {
  return elements.filter((part) => part !== '').join('\n') as Xml;
}

function isXml(child: Child): child is Xml {
  return typeof child === 'string' && child.startsWith('<');
}

function text(content: Child): string {
  if (typeof content === 'boolean') return content ? '1' : '0';
  if (typeof content === 'number') return number(content);
  if (Array.isArray(content)) return content.map(number).join(' ');
  return escapeXml(String(content));
}

/** Twelve digits: finer than anything here is known, without the noise of sums. Minus zero is zero. */
function number(content: number): string {
  return String(content === 0 ? 0 : Number(content.toPrecision(12)));
}

function escapeXml(content: string): string {
  return content
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function indent(block: string): string {
  return block.replaceAll(/^/gm, '  ');
}
