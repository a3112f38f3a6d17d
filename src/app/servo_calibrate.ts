/** `sinew servo calibrate`: leads through homing and ranges in the terminal. */
import { createInterface, type Interface } from 'node:readline/promises';
import { ServoBus } from '../hardware/bus/servo_bus.js';
import { readCalibration, writeCalibration } from '../hardware/calibration/joint_calibration.js';
import type { BusSection } from '../hardware/config.js';
import { servoModel } from '../hardware/registers/models.js';
import { CalibrationSession, storeCalibration } from '../hardware/tools/calibration_session.js';
import { loadConfig } from './config.js';
import { COMMAND_TIMEOUT_MS } from './servo_set_id.js';
import { type ServoSetup, servoSetup } from './servo_setup.js';

export interface CalibrateOptions {
  readonly config: string;
  readonly write: boolean;
}

const print = (line: string) => process.stdout.write(`${line}\n`);

export async function runCalibrate(options: CalibrateOptions): Promise<void> {
  const setup = servoSetup(loadConfig(options.config));
  const terminal = createInterface({ input: process.stdin, terminal: false });
  const lines = terminal[Symbol.asyncIterator]();
  try {
    for (const { bus: section, file } of setup.buses) {
      const bus = await ServoBus.open({
        path: section.port,
        baud: section.baud,
        protocol: servoModel(section.model).protocol,
        echo: section.echo,
        replyTimeoutMs: Math.max(COMMAND_TIMEOUT_MS, section.reply_timeout_ms),
      });
      try {
        if (options.write) await storeCalibration(bus, section, readCalibration(file), file);
        else await calibrate(bus, section, file, setup, lines);
        print(`${file}: stored in the servos at ${section.port}`);
      } finally {
        await bus.close();
      }
    }
  } finally {
    terminal.close();
  }
}

type Lines = ReturnType<Interface[typeof Symbol.asyncIterator]>;

async function calibrate(
  bus: ServoBus,
  section: BusSection,
  file: string,
  { ranges }: ServoSetup,
  lines: Lines,
): Promise<void> {
  const session = new CalibrationSession(bus, section, ranges);
  await session.release();
  print(`Torque of the arm at ${section.port} is off: hold it.`);
  print('Move every joint to the middle of its range, then press Enter.');
  await lines.next();
  await session.centre();
  const turning = session.motors.filter(({ fullTurn }) => fullTurn).map(({ joint }) => joint);
  const except = turning.length > 0 ? ` (${turning.join(', ')} excepted)` : '';
  print(`Move every joint${except} slowly from end to end, then press Enter.`);
  let entered = false;
  const waiting = lines.next().then(() => {
    entered = true;
  });
  while (!entered) {
    await session.observe();
    show(session);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await waiting;
  const calibration = session.result(file);
  await storeCalibration(bus, section, calibration, file);
  writeCalibration(file, calibration);
}

/** One line that is written over, on a terminal only. */
function show(session: CalibrationSession): void {
  if (process.stdout.isTTY !== true) return;
  const cells = session.motors.map(({ name, min, max, position }) => {
    return `${name} ${min}…${position}…${max}`;
  });
  process.stdout.write(`\r\x1b[K${cells.join('  ').slice(0, (process.stdout.columns ?? 80) - 1)}`);
}
