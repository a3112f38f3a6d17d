/** `sinew servo monitor`: what the servos say of themselves, once or again and again. */
import { ServoChain } from '../hardware/arm/servo_chain.js';
import type { ServoState } from '../hardware/arm/servo_state.js';
import { loadConfig } from './config.js';
import { servoSetup } from './servo_setup.js';

export interface MonitorOptions {
  readonly config: string;
  readonly once: boolean;
}

const PERIOD_MS = 200;

export async function runMonitor({ config, once }: MonitorOptions): Promise<void> {
  const setup = servoSetup(loadConfig(config));
  const chains: ServoChain[] = [];
  let stopped = false;
  process.once('SIGINT', () => {
    stopped = true;
  });
  try {
    for (const { bus, file } of setup.buses) {
      chains.push(await ServoChain.open(bus, file, setup.ranges));
    }
    const states = chains.flatMap((chain) => chain.states);
    do {
      // A servo's voltage, temperature and faults come round once in as many cycles as servos.
      const cycles = Math.max(...chains.map((chain) => chain.states.length));
      for (let i = 0; i < cycles; i++) await Promise.all(chains.map((chain) => chain.read()));
      if (!once && process.stdout.isTTY === true) process.stdout.write('\x1b[H\x1b[J');
      process.stdout.write(`${monitorTable(states).join('\n')}\n`);
      if (!once) await new Promise((resolve) => setTimeout(resolve, PERIOD_MS));
    } while (!once && !stopped);
  } finally {
    for (const chain of chains) await chain.close();
  }
}

/** Lines of the table, its head first. */
export function monitorTable(states: readonly ServoState[]): string[] {
  const widths = [16, 4, 10, 11, 9, 8, 7];
  const row = (...cells: string[]) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join(' ')
      .trimEnd();
  return [
    row('joint', 'id', 'position', 'velocity', 'load', 'voltage', 'temp.', 'faults'),
    ...states.map((state) => {
      const { joint, id, model, missed } = state;
      if (missed > 0) return row(joint, String(id), 'no answer');
      return row(
        joint,
        String(id),
        `${state.position.toFixed(3)} rad`,
        `${state.velocity.toFixed(2)} rad/s`,
        model.loadKind === 'current'
          ? `${state.load.toFixed(2)} A`
          : `${(100 * state.load).toFixed(0)} %`,
        `${state.voltage.toFixed(1)} V`,
        `${state.temperature} °C`,
        state.faults.map(({ text }) => text).join('; ') || 'ok',
      );
    }),
  ];
}
