/**
 * Parameters as a table: type, default, range and read-only flag of each, the check of a new value
 * against it, and the form that values have in messages.
 */
import type { ParameterDescriptorMessage, ParameterValueMessage } from './service_types.js';

/** Value types by name, with their numbers in rcl_interfaces/ParameterType. */
export const parameterTypes = {
  bool: 1,
  int: 2,
  double: 3,
  string: 4,
  bools: 6,
  ints: 7,
  doubles: 8,
  strings: 9,
} as const;

export type ParameterType = keyof typeof parameterTypes;
const NOT_SET = 0;

export interface ParameterValues {
  bool: boolean;
  int: number;
  double: number;
  string: string;
  bools: readonly boolean[];
  ints: readonly number[];
  doubles: readonly number[];
  strings: readonly string[];
}

export type ParameterValue = ParameterValues[ParameterType];

export type ParameterSpec = {
  [T in ParameterType]: {
    readonly type: T;
    readonly default: ParameterValues[T];
    /** One sentence, with the unit. */
    readonly description: string;
    /** Bounds of a number, or of each element. */
    readonly min?: number;
    readonly max?: number;
    /** Fixed after the start. */
    readonly readOnly?: boolean;
    /** The only strings allowed. */
    readonly choices?: readonly string[];
    /** A check of its own: the line that says why not, or undefined. */
    readonly check?: (value: ParameterValues[T]) => string | undefined;
  };
}[ParameterType];

export type ParameterTable = Readonly<Record<string, ParameterSpec>>;

/** The value if it suits the specification, else the line that says why not. */
export function checkValue(
  name: string,
  spec: ParameterSpec,
  given: unknown,
): { value: ParameterValue } | { refusal: string } {
  const refuse = (expected: string) => ({
    refusal: `${name}: ${format(given)} refused; expected ${expected}`,
  });
  const value = coerce(spec.type, given);
  if (value === undefined) return refuse(spec.type);
  const elements = Array.isArray(value) ? value : [value];
  for (const element of elements) {
    if (typeof element === 'number') {
      const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = spec;
      // NaN fails both comparisons, and infinity is no setting either.
      if (!(element >= min && element <= max && Number.isFinite(element))) {
        return refuse(`a finite number ${rangeText(spec)}`);
      }
    }
    if (spec.choices !== undefined && !spec.choices.includes(String(element))) {
      return refuse(`one of ${spec.choices.join(', ')}`);
    }
  }
  const refusal = (spec.check as ((v: ParameterValue) => string | undefined) | undefined)?.(value);
  return refusal === undefined ? { value } : { refusal: `${name}: ${refusal}` };
}

function rangeText({ min, max }: ParameterSpec): string {
  if (min === undefined) return max === undefined ? '' : `of at most ${max}`;
  return max === undefined ? `of at least ${min}` : `from ${min} to ${max}`;
}

function format(value: unknown): string {
  if (typeof value === 'bigint' || typeof value === 'number') return String(value);
  return JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? Number(v) : v)) ?? 'nothing';
}

/** Integers come as bigint from messages; a whole number is good for a double, as people type it. */
function coerce(type: ParameterType, given: unknown): ParameterValue | undefined {
  if (type.endsWith('s')) {
    if (typeof given !== 'object' || given === null || !('length' in given)) return undefined;
    const elementType = type.slice(0, -1) as ParameterType;
    const values = Array.from(given as ArrayLike<unknown>, (v) => coerce(elementType, v));
    return values.includes(undefined) ? undefined : (values as unknown as ParameterValue);
  }
  const value = typeof given === 'bigint' ? Number(given) : given;
  switch (type) {
    case 'bool':
      return typeof value === 'boolean' ? value : undefined;
    case 'string':
      return typeof value === 'string' ? value : undefined;
    case 'int':
      return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined;
    default:
      return typeof value === 'number' ? value : undefined;
  }
}

/** What a parameter message holds, as the plain value; undefined when it is not set or of bytes. */
export function valueOfMessage(message: ParameterValueMessage): unknown {
  switch (message.type) {
    case parameterTypes.bool:
      return message.bool_value;
    case parameterTypes.int:
      return message.integer_value;
    case parameterTypes.double:
      return message.double_value;
    case parameterTypes.string:
      return message.string_value;
    case parameterTypes.bools:
      return message.bool_array_value;
    case parameterTypes.ints:
      return message.integer_array_value;
    case parameterTypes.doubles:
      return message.double_array_value;
    case parameterTypes.strings:
      return message.string_array_value;
    default:
      return undefined;
  }
}

/** The message of a value; `undefined` gives the message for "not set". */
export function messageOfValue(
  type: ParameterType | undefined,
  value?: ParameterValue,
): ParameterValueMessage {
  const is = <T extends ParameterType>(wanted: T, otherwise: ParameterValues[T]) =>
    type === wanted ? (value as ParameterValues[T]) : otherwise;
  return {
    type: type === undefined ? NOT_SET : parameterTypes[type],
    bool_value: is('bool', false),
    integer_value: BigInt(is('int', 0)),
    double_value: is('double', 0),
    string_value: is('string', ''),
    byte_array_value: [],
    bool_array_value: is('bools', []),
    integer_array_value: is('ints', []).map(BigInt),
    double_array_value: is('doubles', []),
    string_array_value: is('strings', []),
  };
}

/** The type that a plain value would be declared with: whole numbers count as integers. */
export function typeOfValue(value: ParameterValue): ParameterType {
  if (Array.isArray(value)) {
    const elements = new Set(value.map(typeOfValue));
    if (elements.has('string')) return 'strings';
    if (elements.has('bool')) return 'bools';
    return elements.has('double') ? 'doubles' : 'ints';
  }
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'string';
  return Number.isSafeInteger(value) ? 'int' : 'double';
}

export function describe(name: string, spec: ParameterSpec): ParameterDescriptorMessage {
  const { min, max, choices } = spec;
  const ranged = min !== undefined || max !== undefined;
  const isInt = spec.type === 'int' || spec.type === 'ints';
  return {
    name,
    type: parameterTypes[spec.type],
    description: spec.description,
    additional_constraints: choices === undefined ? '' : `one of ${choices.join(', ')}`,
    read_only: spec.readOnly ?? false,
    dynamic_typing: false,
    floating_point_range:
      ranged && !isInt
        ? [{ from_value: min ?? -Number.MAX_VALUE, to_value: max ?? Number.MAX_VALUE, step: 0 }]
        : [],
    integer_range:
      ranged && isInt
        ? [
            {
              from_value: BigInt(min ?? Number.MIN_SAFE_INTEGER),
              to_value: BigInt(max ?? Number.MAX_SAFE_INTEGER),
              step: 0n,
            },
          ]
        : [],
  };
}
