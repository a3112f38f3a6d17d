/** Typed reading of URDF attributes; every refusal names file, line, element and attribute. */
import { SinewError } from '../core/error.js';
import type { Origin, Vector3 } from './robot_description.js';
import type { XmlElement } from './xml_document.js';

/** Origin of an element that has no `<origin>`. */
export const IDENTITY: Origin = { xyz: [0, 0, 0], rpy: [0, 0, 0] };

/** Reads the attributes and children of the elements of one file. */
export class UrdfValues {
  constructor(readonly file: string) {}

  /** An error at `element`. */
  fail(element: XmlElement, what: string, expected?: string): SinewError {
    const where = `${this.file}:${element.line}`;
    return new SinewError(what, expected === undefined ? { where } : { where, expected });
  }

  /** The only child of this name; undefined when there is none. */
  child(element: XmlElement, name: string): XmlElement | undefined {
    const [first, second] = element.children.filter((child) => child.name === name);
    if (second !== undefined) throw this.fail(second, `a second <${name}>`, 'one');
    return first;
  }

  /** The only child of this name, which must be there. */
  needChild(element: XmlElement, name: string): XmlElement {
    const child = this.child(element, name);
    if (child === undefined) throw this.fail(element, `${describe(element)} has no <${name}>`);
    return child;
  }

  text(element: XmlElement, attribute: string): string {
    const value = element.attributes.get(attribute)?.trim();
    if (value === undefined || value === '') {
      throw this.fail(element, `${describe(element)} has no ${attribute}`);
    }
    return value;
  }

  /** A finite number; `fallback` (when given) if the attribute is absent. */
  number(element: XmlElement, attribute: string, fallback?: number): number {
    if (fallback !== undefined && !element.attributes.has(attribute)) return fallback;
    const text = this.text(element, attribute);
    const value = Number(text);
    if (!Number.isFinite(value)) {
      throw this.fail(
        element,
        `${attribute}="${text}" of ${describe(element)} is not a finite number`,
        'a number (expand xacro files first)',
      );
    }
    return value;
  }

  /** A number of at least 0 (`strict`: above 0). */
  positive(element: XmlElement, attribute: string, strict: boolean): number {
    const value = this.number(element, attribute);
    if (value < 0 || (strict && value === 0)) {
      throw this.fail(
        element,
        `${attribute}="${value}" of ${describe(element)}`,
        strict ? 'a number above 0' : 'a number of at least 0',
      );
    }
    return value;
  }

  /** Exactly `length` finite numbers between spaces. */
  numbers(element: XmlElement, attribute: string, length: number): number[] {
    const words = this.text(element, attribute).split(/\s+/);
    const values = words.map(Number);
    if (values.length !== length || !values.every(Number.isFinite)) {
      throw this.fail(
        element,
        `${attribute}="${words.join(' ')}" of ${describe(element)}`,
        `${length} finite numbers`,
      );
    }
    return values;
  }

  vector(element: XmlElement, attribute: string, fallback?: Vector3): Vector3 {
    if (fallback !== undefined && !element.attributes.has(attribute)) return fallback;
    const [x = 0, y = 0, z = 0] = this.numbers(element, attribute, 3);
    return [x, y, z];
  }

  /** The `<origin>` of an element; identity when it has none. */
  origin(element: XmlElement): Origin {
    const origin = this.child(element, 'origin');
    if (origin === undefined) return IDENTITY;
    return {
      xyz: this.vector(origin, 'xyz', IDENTITY.xyz),
      rpy: this.vector(origin, 'rpy', IDENTITY.rpy),
    };
  }
}

/** How an element is called in an error line: its tag, and its name if it has one. */
export function describe(element: XmlElement): string {
  const name = element.attributes.get('name');
  return name === undefined ? `<${element.name}>` : `<${element.name} name="${name}">`;
}
