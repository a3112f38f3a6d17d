/**
 * The vendors' own SDKs work the emulator without an error. `npm run test:servo-sdk` runs
 * this, with SINEW_SERVO_SDK_PYTHON naming a Python that has them (bench/servo.lock).
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { EmulatedBus } from '../../../src/hardware/emulator/emulated_bus.js';
import { EmulatedServo } from '../../../src/hardware/emulator/emulated_servo.js';
import { ServoEmulator } from '../../../src/hardware/emulator/servo_emulator.js';
import { servoModel } from '../../../src/hardware/registers/models.js';

const python = process.env['SINEW_SERVO_SDK_PYTHON'];
const ROUNDS = 300;

async function work(client: string, model: string): Promise<unknown> {
  const kind = servoModel(model);
  const servos = [1, 2, 3, 4, 5, 6].map((id) => new EmulatedServo(kind, id));
  const emulator = new ServoEmulator(new EmulatedBus(kind.protocol, servos));
  try {
    const script = new URL(client, import.meta.url).pathname;
    const run = promisify(execFile);
    const { stdout } = await run(python ?? 'python3', [script, emulator.path, String(ROUNDS)]);
    return JSON.parse(stdout);
  } finally {
    emulator.close();
  }
}

const all = <T>(value: T) => Array.from({ length: 6 }, () => value);

describe('the emulator under the vendors’ SDKs', () => {
  it('is scanned, read, written and sync-read by Feetech’s without an error', async () => {
    expect(await work('feetech_client.py', 'sts3215')).toEqual({
      found: [1, 2, 3, 4, 5, 6],
      rounds: ROUNDS,
      errors: 0,
      positions: all(2048 + ROUNDS - 1),
    });
  });

  it('is scanned, read, written, sync-read and bulk-read by ROBOTIS’s without an error', async () => {
    expect(await work('dynamixel_client.py', 'xl330-m288')).toEqual({
      found: [1, 2, 3, 4, 5, 6],
      rounds: ROUNDS,
      errors: 0,
      positions: all(2048 + ROUNDS - 1),
      voltages: all(53),
    });
  });
});
