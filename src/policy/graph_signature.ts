/** Compares a graph's inputs and outputs with what the package's program will feed and read. */
import type { InferenceSession } from 'onnxruntime-node';

/** A tensor that the program feeds or reads; null where the graph may choose the length. */
export interface TensorSpec {
  readonly name: string;
  readonly shape: readonly (number | null)[];
}

export interface Signature {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
}

function shapeText(shape: readonly (number | string | null)[]): string {
  return `[${shape.map((size) => size ?? 'any').join(',')}]`;
}

/** Symbolic sizes of a graph take any length, but one symbol only one length. */
function shapesAgree(
  wanted: TensorSpec['shape'],
  given: readonly (number | string)[],
  symbols: Map<string, number>,
): boolean {
  if (wanted.length !== given.length) return false;
  return wanted.every((size, i) => {
    const actual = given[i];
    if (size === null || typeof actual === 'number') return size === null || size === actual;
    if (actual === undefined || actual === '') return true;
    const bound = symbols.get(actual);
    symbols.set(actual, bound ?? size);
    return bound === undefined || bound === size;
  });
}

function sideFaults(
  file: string,
  side: 'input' | 'output',
  wanted: readonly TensorSpec[],
  given: readonly InferenceSession.ValueMetadata[],
  symbols: Map<string, number>,
  owner: string,
): string[] {
  const faults: string[] = [];
  const names = given.map(({ name }) => name).join(', ') || 'none';
  for (const { name, shape } of wanted) {
    const found = given.find((value) => value.name === name);
    if (found === undefined) {
      faults.push(`${file}: graph has no ${side} "${name}"; it has ${names}`);
    } else if (!found.isTensor) {
      faults.push(`${file}: ${side} "${name}" is no tensor; expected float32${shapeText(shape)}`);
    } else if (found.type !== 'float32' || !shapesAgree(shape, found.shape, symbols)) {
      faults.push(
        `${file}: ${side} "${name}" is ${found.type}${shapeText(found.shape)}; ` +
          `${owner} expects float32${shapeText(shape)}`,
      );
    }
  }
  if (side === 'output') return faults;
  for (const { name } of given) {
    if (!wanted.some((spec) => spec.name === name)) {
      faults.push(`${file}: graph input "${name}" is fed by nothing in the program`);
    }
  }
  return faults;
}

/**
 * All differences between graph and program, each naming both sides.
 *
 * @param owner who feeds the graph, for the lines
 */
export function signatureFaults(
  file: string,
  session: Pick<InferenceSession, 'inputMetadata' | 'outputMetadata'>,
  { inputs, outputs }: Signature,
  owner = 'the package',
): string[] {
  const symbols = new Map<string, number>();
  return [
    ...sideFaults(file, 'input', inputs, session.inputMetadata, symbols, owner),
    ...sideFaults(file, 'output', outputs, session.outputMetadata, symbols, owner),
  ];
}

/** The last size of an output, when the graph fixes it. */
export function outputWidth(
  session: Pick<InferenceSession, 'outputMetadata'>,
  name: string,
): number | undefined {
  const found = session.outputMetadata.find((value) => value.name === name);
  const size = found?.isTensor ? found.shape.at(-1) : undefined;
  return typeof size === 'number' && size > 0 ? size : undefined;
}

/** The shape of an output that has a leading axis for rows and fixes all others, for one row. */
export function rowShape(
  session: Pick<InferenceSession, 'outputMetadata'>,
  name: string,
): readonly number[] | undefined {
  const found = session.outputMetadata.find((value) => value.name === name);
  if (!found?.isTensor || found.shape.length === 0) return undefined;
  const rest: number[] = [];
  for (const size of found.shape.slice(1)) {
    if (typeof size !== 'number' || size <= 0) return undefined;
    rest.push(size);
  }
  return [1, ...rest];
}
