/** The guard with real processes: kill -9, a hang, an orderly end, and a guard that is killed itself. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import type { GuardTask } from '../../../src/hardware/guard/guard_task.js';
import { emulate } from '../emulated.js';

const root = new URL('../../../', import.meta.url);
const loader = pathToFileURL(fileURLToPath(new URL('scripts/typescript_loader.mjs', root))).href;
const guardModule = fileURLToPath(new URL('dist/app/servo_guard.js', root));
const driverModule = fileURLToPath(new URL('driver.ts', import.meta.url));

let closing: (() => unknown)[] = [];
afterEach(() => {
  for (const close of closing) close();
  closing = [];
});

async function drive(model: string, how: string, lastWord: GuardTask['lastWord'] = 'release') {
  const { emulator, kind, shafts } = emulate({ model, ids: [1, 2] });
  closing.push(() => emulator.close());
  const register = kind.registers.torque_enable;
  for (const servo of emulator.bus.servos) servo.write(register.address, Uint8Array.of(1));
  const task: GuardTask = {
    driver: 0,
    timeout: how === 'hang' ? 1 : 60,
    lastWord,
    buses: [
      { path: emulator.path, baud: kind.factoryBaud, protocol: kind.protocol.name, ids: [1, 2] },
    ],
  };
  const args = ['--import', loader, driverModule, JSON.stringify(task), guardModule, how];
  const driver = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  closing.push(() => driver.kill('SIGKILL'));
  const log = collect(driver);
  const ready = await until(() => {
    if (driver.exitCode !== null) throw new Error(`the driver ended: ${log.text}`);
    return /ready (\d+)/.exec(log.text)?.[1];
  });
  closing.push(() => end(Number(ready)));
  const torque = () => emulator.bus.servos.filter((servo) => servo.torque).length;
  return { driver, guardId: Number(ready), log, torque, emulator, shafts };
}

function collect({ stdout, stderr }: ChildProcess): { text: string } {
  const log = { text: '' };
  for (const stream of [stdout, stderr]) {
    stream?.on('data', (data: Buffer) => {
      log.text += data.toString();
    });
  }
  return log;
}

/** Waits for a condition; the test's own time limit ends it. */
async function until<T>(condition: () => T | undefined | false): Promise<T> {
  for (;;) {
    const value = condition();
    if (value !== undefined && value !== false) return value;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function end(id: number): void {
  try {
    process.kill(id, 'SIGKILL');
  } catch {
    // Ended by itself.
  }
}

describe('the guard', () => {
  it.each(['sts3215', 'xl330-m288'])('switches torque of %s off after a kill -9', async (model) => {
    const { driver, torque, log } = await drive(model, 'live');
    expect(torque()).toBe(2);
    driver.kill('SIGKILL');
    await until(() => torque() === 0);
    await until(() => log.text.includes('torque is off'));
    expect(log.text).toContain('the driver is gone without a farewell');
  });

  it('ends a driver that hangs, and then switches torque off', async () => {
    const { driver, torque, log } = await drive('sts3215', 'hang');
    const [, signal] = await once(driver, 'exit');
    expect(signal).toBe('SIGKILL');
    await until(() => torque() === 0);
    expect(log.text).toContain('gave no sign of life for 1 s');
  });

  it('holds the arm where it is, where the set-up says so', async () => {
    const { driver, torque, log, emulator, shafts } = await drive('sts3215', 'live', 'hold');
    const goal = emulator.bus.servo(1).model.registers.goal_position;
    emulator.bus.servo(1).write(goal.address, Uint8Array.of(0, 12));
    for (const shaft of shafts) shaft.position = Math.PI + 0.1;
    driver.kill('SIGKILL');
    await until(() => log.text.includes('torque stays on, the arm holds'));
    expect(torque()).toBe(2);
    expect(emulator.bus.servo(1).get('goal_position')).toBe(2048 + 65);
  });

  it('does nothing after an orderly end, and ends', async () => {
    const { driver, torque, log } = await drive('sts3215', 'end');
    const [code] = await once(driver, 'exit');
    expect(code).toBe(0);
    expect(torque()).toBe(2);
    expect(log.text).not.toMatch(/gone|hangs|torque/);
  });

  it('is missed by its driver when it is killed itself', async () => {
    const { driver, guardId } = await drive('sts3215', 'live');
    end(guardId);
    const [code] = await once(driver, 'exit');
    expect(code).toBe(3);
  });
});
