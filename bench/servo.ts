/**
 * `npm run bench -- servo`: one bus cycle (sync read of six positions, sync write of six goals) at
 * 1 Mbaud, against what the wire alone takes and against the vendor's Python SDK, on the same
 * emulated servos behind the same pseudo-terminal.
 */
import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { steadyNow } from '../src/core/clock.js';
import { ServoBus } from '../src/hardware/bus/servo_bus.js';
import { syncRead, syncWrite } from '../src/hardware/protocol/instructions.js';
import { servoModel } from '../src/hardware/registers/models.js';
import type { ServoModel } from '../src/hardware/registers/servo_model.js';
import { benchOptions } from './lib/options.js';
import { benchPython } from './lib/python.js';
import { aimsJson, machineLine, ms, printAims, printJson, printTable } from './lib/report.js';

const IDS = [1, 2, 3, 4, 5, 6];
const BAUD = 1_000_000;
const BITS_A_BYTE = 10;
/** Greatest median cycle in wire times. */
const AIM = 1.3;

const options = benchOptions({
  name: 'servo',
  summary: 'Bus cycles of six servos at 1 Mbaud: sinew, the wire itself, the vendor’s Python SDK.',
  rounds: 5,
  seconds: 3,
});

interface Side {
  readonly cycles: number[];
  errors: number;
}

/** s that the packets of a cycle take on the wire; the servos answer without a delay. */
function wireTime({ protocol, registers }: ServoModel): number {
  const { present_position: present, goal_position: goal } = registers;
  const data = IDS.map(() => new Uint8Array(goal.size));
  const asked = protocol.encodeInstruction(syncRead(protocol, present.address, present.size, IDS));
  const written = protocol.encodeInstruction(syncWrite(protocol, goal.address, IDS, data));
  const answered = IDS.length * protocol.statusLength(present.size);
  return ((asked.length + written.length + answered) * BITS_A_BYTE) / BAUD;
}

async function ownCycles(path: string, model: ServoModel, side: Side): Promise<void> {
  const { present_position: present, goal_position: goal } = model.registers;
  const { protocol } = model;
  const bus = await ServoBus.open({ path, baud: BAUD, protocol, echo: false });
  const data = IDS.map(() => Uint8Array.of(0x00, 0x08, 0x00, 0x00).subarray(0, goal.size));
  const end = steadyNow() + options.seconds;
  while (steadyNow() < end) {
    const start = steadyNow();
    const replies = await bus.syncRead(present.address, present.size, IDS);
    await bus.syncWrite(goal.address, IDS, data);
    side.cycles.push(steadyNow() - start);
    if (replies.includes(undefined)) side.errors++;
  }
  await bus.close();
}

async function peerCycles(python: string, path: string, model: ServoModel, side: Side) {
  const script = join(import.meta.dirname, 'servo_peer.py');
  const args = [script, model.protocol.name, path, String(options.seconds)];
  const { stdout } = await promisify(execFile)(python, args, { maxBuffer: 2 ** 26 });
  const { cycles, errors } = JSON.parse(stdout) as { cycles: number[]; errors: number };
  side.cycles.push(...cycles);
  side.errors += errors;
}

function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

async function emulator(model: ServoModel): Promise<{ child: ChildProcess; path: string }> {
  const child = fork(join(import.meta.dirname, 'lib', 'servo_emulator.ts'), [model.name]);
  const [path] = (await once(child, 'message')) as [string];
  return { child, path };
}

console.log(machineLine());
const python = await benchPython('servo.lock', 'servo-venv');
const results: Record<string, unknown> = {};
const aims = [];
const rows: string[][] = [];
for (const name of ['sts3215', 'xl330-m288']) {
  const model = servoModel(name);
  const limit = wireTime(model);
  const own: Side = { cycles: [], errors: 0 };
  const peer: Side = { cycles: [], errors: 0 };
  const { child, path } = await emulator(model);
  for (let round = 0; round < options.rounds; round++) {
    await ownCycles(path, model, own);
    await peerCycles(python, path, model, peer);
  }
  child.disconnect();
  const figures = (side: Side) => ({
    cycles: side.cycles.length,
    p50_ms: quantile(side.cycles, 0.5) * 1e3,
    p99_ms: quantile(side.cycles, 0.99) * 1e3,
    errors: side.errors,
  });
  const row = (label: string, side: Side) => [
    `${name}: ${label}`,
    ms(quantile(side.cycles, 0.5), 3),
    ms(quantile(side.cycles, 0.99), 3),
    (quantile(side.cycles, 0.5) / limit).toFixed(2),
    String(side.errors),
  ];
  rows.push([`${name}: the wire`, ms(limit, 3), ms(limit, 3), '1.00', '']);
  rows.push(row('sinew', own), row('vendor’s SDK', peer));
  aims.push({ what: `${name} cycle`, measured: quantile(own.cycles, 0.5) / limit, limit: AIM });
  results[name] = { wire_ms: limit * 1e3, sinew: figures(own), sdk: figures(peer) };
}
printTable(['cycle of six servos', 'p50 ms', 'p99 ms', 'wire times', 'errors'], rows);
printAims(aims);
printJson({ bench: 'servo', ...results, aims: aimsJson(aims) });
