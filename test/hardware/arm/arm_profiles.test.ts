/** The set-ups of servo arms in config/: each drives emulated servos that are wired as it says. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/app/config.js';
import { servoSetup } from '../../../src/app/servo_setup.js';
import { ServoArm } from '../../../src/hardware/arm/servo_arm.js';
import { ServoChain } from '../../../src/hardware/arm/servo_chain.js';
import {
  type Calibration,
  type MotorCalibration,
  writeCalibration,
} from '../../../src/hardware/calibration/joint_calibration.js';
import { motorsOf } from '../../../src/hardware/calibration/motors.js';
import { emulateCalibrated, shaftAngle } from '../../../src/hardware/emulator/calibrated_bus.js';
import { FreeShaft } from '../../../src/hardware/emulator/servo_body.js';
import { ServoEmulator } from '../../../src/hardware/emulator/servo_emulator.js';
import { encodeRegister } from '../../../src/hardware/registers/register.js';
import { registerOf } from '../../../src/hardware/registers/servo_model.js';
import {
  CalibrationSession,
  storeCalibration,
} from '../../../src/hardware/tools/calibration_session.js';
import { repositoryFile } from '../../description/robots.js';
import { HandClock } from '../emulated.js';

let closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.reverse()) await close();
  closing = [];
});

/** The arm of config/<name>_servo.yaml on emulated servos, standing at the home pose. */
function rig(name: string) {
  const config = loadConfig(repositoryFile(`config/${name}_servo.yaml`));
  const { section, buses, ranges } = servoSetup(config);
  const folder = mkdtempSync(join(tmpdir(), 'sinew-arm-'));
  closing.push(() => rmSync(folder, { recursive: true, force: true }));
  const clock = new HandClock();
  const shafts = new Map<string, FreeShaft>();
  const wired = buses.map(({ bus }, b) => {
    const file = join(folder, `${b}.json`);
    const motors = motorsOf(bus).map(({ joint, name, id, fullTurn, follows }, i) => {
      const { lower, upper } = ranges.get(joint) ?? { lower: Number.NaN, upper: Number.NaN };
      const half = Math.round(((upper - lower) / 2 / (2 * Math.PI)) * 4096);
      const [range_min, range_max] = fullTurn ? [0, 4095] : [2048 - half, 2048 + half];
      // As on ALOHA: the first of two servos is mounted the other way round.
      const second = bus.joints[joint]?.shadow !== undefined && follows === undefined;
      const motor = { id, drive_mode: second ? 1 : 0, homing_offset: 7 * i, range_min, range_max };
      return [name, motor] satisfies [string, MotorCalibration];
    });
    const calibration: Calibration = new Map(motors);
    writeCalibration(file, calibration);
    const emulated = emulateCalibrated(bus, file, ranges, (state) => {
      const shaft = new FreeShaft(shaftAngle(state, config.robot.home[state.joint] ?? Number.NaN));
      shafts.set(state.joint, shaft);
      return shaft;
    });
    const emulator = new ServoEmulator(emulated, { now: clock.now });
    closing.push(() => emulator.close());
    // A reply always comes, though a busy computer may keep it back.
    const patient = { ...bus, port: emulator.path, echo: false, reply_timeout_ms: 1000 };
    return { bus: patient, file, emulator, calibration };
  });
  const options = { section, buses: wired, ranges, joints: config.robot.joints };
  const open = async () => {
    const arm = await ServoArm.open(options);
    closing.push(() => arm.close());
    return arm;
  };
  return { config, ranges, wired, clock, shafts, open };
}

describe.each(['so101', 'koch', 'aloha'])('the servos of %s', (name) => {
  it('hold where they are when torque goes on, go where they are told, and go limp', async () => {
    const { config, wired, clock, open } = rig(name);
    const arm = await open();
    const home = config.robot.joints.map((joint) => config.robot.home[joint] ?? Number.NaN);
    arm.positions.forEach((position, i) => {
      expect(position).toBeCloseTo(home[i] ?? Number.NaN, 2);
    });
    const servos = wired.flatMap(({ emulator }) => emulator.bus.servos);
    await arm.torqueOn();
    expect(servos.every(({ torque }) => torque)).toBe(true);
    const goals = home.map((value, i) => value + (i % 2 === 0 ? 0.2 : -0.2));
    for (let i = 0; i < 60; i++) {
      clock.time += 0.02;
      arm.command(goals, clock.time);
      await arm.cycle(clock.time);
    }
    expect(arm.fault).toBe('');
    arm.positions.forEach((position, i) => {
      expect(position, config.robot.joints[i]).toBeCloseTo(goals[i] ?? Number.NaN, 2);
    });
    await arm.torqueOff();
    expect(servos.some(({ torque }) => torque)).toBe(false);
  });
});

describe('a joint with two servos', () => {
  it('has the second one follow the first, by its secondary id', async () => {
    const { wired, open } = rig('aloha');
    await open();
    for (const { emulator } of wired) {
      expect(emulator.bus.servo(3).get('secondary_id')).toBe(2);
      expect(emulator.bus.servo(5).get('secondary_id')).toBe(4);
      expect(emulator.bus.servo(2).get('secondary_id')).toBe(255);
    }
  });

  it('gets no torque where the two stand apart: they would pull against each other', async () => {
    const { wired, open } = rig('aloha');
    const arm = await open();
    const servo = wired[0]?.emulator.bus.servo(3);
    if (servo === undefined) throw new Error('no servo');
    servo.body = new FreeShaft(servo.body.position + 0.1);
    await arm.read();
    await expect(arm.torqueOn()).rejects.toThrow(
      /servos 2 and 3 of joint "left_shoulder" show \d+ and \d+; expected at most 23 counts/,
    );
    expect(wired[0]?.emulator.bus.servos.some(({ torque }) => torque)).toBe(false);
  });

  it('stops the arm when the second one has a fault or falls silent', async () => {
    const { wired, open } = rig('aloha');
    const arm = await open();
    const [left, right] = wired;
    await arm.torqueOn();
    left?.emulator.bus.servo(5).raise('overload');
    for (let i = 0; i < 9; i++) await arm.cycle(0);
    expect(arm.fault).toMatch(/joint left_elbow \(servo 4 or 5\): overloaded/);
    left?.emulator.bus.servo(5).powerCycle();
    for (let i = 0; i < 9; i++) await arm.read();
    await arm.torqueOn();
    const servos = right?.emulator.bus.servos;
    servos?.splice(
      servos.findIndex(({ id }) => id === 3),
      1,
    );
    for (let i = 0; i < 90 && arm.fault === ''; i++) await arm.cycle(0);
    expect(arm.fault).toMatch(/joint right_shoulder: servo 3 has not answered 5 times/);
  }, 120_000);

  it('is refused where a servo runs the other way than its calibration says', async () => {
    const { wired, open } = rig('aloha');
    const servo = wired[1]?.emulator.bus.servo(5);
    const address = servo?.model.registers.drive_mode?.address ?? 0;
    servo?.write(address, Uint8Array.of(1));
    await expect(open()).rejects.toThrow(
      /servo 5 of joint "right_elbow" holds drive_mode 1, the file 0/,
    );
  });

  it('is not switched on where the two count different turns, and says how they come together', async () => {
    const { wired, open } = rig('aloha');
    const arm = await open();
    const [left] = wired;
    const second = left?.emulator.bus.servo(5);
    if (second === undefined) throw new Error('no servo 5');
    const offset = registerOf(second.model, 'homing_offset');
    second.write(
      offset.address,
      encodeRegister(offset, second.get('homing_offset') + second.model.resolution),
    );
    await expect(arm.torqueOn()).rejects.toThrow(
      /servos 4 and 5 of joint "left_elbow" show \d+ and \d+.*switch the power of the arm off and on/,
    );
    expect(left?.emulator.bus.servos.some(({ torque }) => torque)).toBe(false);
  });

  it('is calibrated as one: both servos show the same, and the file has an entry for each', async () => {
    const { ranges, wired, shafts, clock } = rig('aloha');
    const [{ bus: section, file, emulator, calibration } = {}] = wired;
    if (section === undefined || file === undefined || calibration === undefined) throw new Error();
    const chain = await ServoChain.open(section, file, ranges);
    closing.push(() => chain.close());
    await chain.prepare();
    const session = new CalibrationSession(chain.bus, section, ranges);
    const shaft = shafts.get('left_shoulder');
    if (shaft === undefined) throw new Error('no shaft');
    const middle = shaft.position;
    await session.release();
    await session.centre();
    for (const offset of [0, 1.5, -1.5]) {
      for (const each of shafts.values()) each.position += offset;
      clock.time += 0.02;
      await session.observe();
      for (const each of shafts.values()) each.position -= offset;
    }
    expect(shaft.position).toBeCloseTo(middle, 9);
    const two = session.motors.filter(({ joint }) => joint === 'left_shoulder');
    expect(two.map(({ name, driveMode }) => [name, driveMode])).toEqual([
      ['shoulder', 1],
      ['shoulder_shadow', 0],
    ]);
    expect(two[0]?.min).toBe(two[1]?.min);
    expect(two[0]?.max).toBe(two[1]?.max);
    await storeCalibration(chain.bus, section, calibration, file);
    await chain.check();
    expect(emulator?.bus.servo(3).get('secondary_id')).toBe(2);
  });
});
