/** Doctor: does ONNX Runtime run a graph, and on which execution providers? */
import type { Finding, Probe } from './probe.js';

/** A field of a protobuf message: number and either a varint below 128 or bytes. */
function field(number: number, value: number | Uint8Array | string): Uint8Array {
  if (typeof value === 'number') return Uint8Array.of(number << 3, value);
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
  return Uint8Array.of((number << 3) | 2, bytes.length, ...bytes);
}

const message = (...fields: Uint8Array[]): Uint8Array =>
  Uint8Array.from(fields.flatMap((f) => [...f]));

/** The smallest graph: y = Identity(x), float32 [1]. Field numbers of onnx.proto. */
export function identityModel(): Uint8Array {
  const shape = message(field(1, message(field(1, 1))));
  const type = message(field(1, message(field(1, 1), field(2, shape))));
  const value = (name: string): Uint8Array => message(field(1, name), field(2, type));
  const node = message(field(1, 'x'), field(2, 'y'), field(4, 'Identity'));
  const graph = message(
    field(1, node),
    field(2, 'g'),
    field(11, value('x')),
    field(12, value('y')),
  );
  return message(field(1, 8), field(7, graph), field(8, message(field(2, 13))));
}

/** One provider: runs the graph, or the first line of why it does not. */
async function tryProvider(provider: string): Promise<string | undefined> {
  const { InferenceSession, Tensor } = await import('onnxruntime-node');
  try {
    const session = await InferenceSession.create(identityModel(), {
      executionProviders: [provider],
    });
    const { y } = await session.run({ x: new Tensor('float32', [2.5], [1]) });
    await session.release();
    return y?.data[0] === 2.5 ? undefined : 'wrong result';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function run(): Promise<Finding> {
  const { listSupportedBackends, env } = await import('onnxruntime-node');
  // What fails to load is said in the doctor's own line.
  env.logLevel = 'fatal';
  const usable: string[] = [];
  const absent: string[] = [];
  let fault = '';
  for (const { name } of listSupportedBackends()) {
    // WebGPU opens the graphics driver and may take the process along; the policy never asks for it.
    if (name === 'webgpu') continue;
    const why = await tryProvider(name);
    if (why === undefined) usable.push(name);
    else absent.push(name);
    if (name === 'cpu') fault = why ?? '';
  }
  const version = env.versions.node ?? env.versions.common;
  const others = absent.length > 0 ? ` (not usable here: ${absent.join(', ')})` : '';
  if (usable.includes('cpu'))
    return { ok: true, detail: `${version}, ${usable.join(', ')}${others}` };
  return { ok: false, detail: `${version}: ${fault}`, cure: 'npm ci' };
}

export const onnxProbe: Probe = { name: 'ONNX Runtime', essential: true, run };
