/** `sinew servo scan`: a table of the servos on a port. */
import { SinewError } from '../core/error.js';
import { protocols, scanPort } from '../hardware/tools/scan.js';
import { COMMAND_TIMEOUT_MS } from './servo_set_id.js';

export interface ServoScanOptions {
  readonly port: string;
  readonly protocol?: string;
  readonly baud?: number;
  readonly highestId: number;
  readonly json: boolean;
}

export async function runScan(options: ServoScanOptions): Promise<void> {
  const protocol = protocols.find(({ name }) => name === options.protocol);
  const { servos, garbled } = await scanPort({
    path: options.port,
    highestId: options.highestId,
    replyTimeoutMs: COMMAND_TIMEOUT_MS,
    ...(protocol === undefined ? {} : { protocol }),
    ...(options.baud === undefined ? {} : { baud: options.baud }),
  });
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ port: options.port, servos, garbled }, null, 2)}\n`);
    return;
  }
  for (const { id, model, protocol, baud, voltage, temperature, faults } of servos) {
    const health = faults.length === 0 ? 'ok' : faults.join(', ');
    const line = [
      `id ${id}`.padEnd(7),
      model.padEnd(12),
      `${protocol} at ${baud} baud`.padEnd(27),
      `${voltage.toFixed(1)} V`,
      `${temperature} °C`,
      health,
    ];
    process.stdout.write(`${line.join('  ')}\n`);
  }
  for (const { protocol, baud } of garbled) {
    process.stdout.write(`something answers garbled at ${baud} baud (${protocol})\n`);
  }
  if (servos.length > 0) return;
  throw new SinewError('no servo answers', {
    where: options.port,
    cure:
      garbled.length > 0
        ? 'two servos may have one id: connect one at a time, and use sinew servo set-id'
        : 'check the power supply and the cable to the first servo',
  });
}
