/** Scan, set-id and calibration on emulated servos. */
import { afterEach, describe, expect, it } from 'vitest';
import { ServoBus } from '../../../src/hardware/bus/servo_bus.js';
import {
  CalibrationSession,
  storeCalibration,
} from '../../../src/hardware/tools/calibration_session.js';
import { scanPort } from '../../../src/hardware/tools/scan.js';
import { setServoId } from '../../../src/hardware/tools/set_id.js';
import { emulate, LOSSY, openRig } from '../emulated.js';
import { emulateSo101, JOINTS, RANGES } from '../so101.js';

let closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing) await close();
  closing = [];
});

describe('a scan', () => {
  it('says of each servo what it is, at which speed, and how it does', async () => {
    const { emulator } = emulate({ ids: [2, 5] });
    closing.push(() => emulator.close());
    emulator.bus.servo(5).raise('overload');
    const { servos } = await scanPort({
      path: emulator.path,
      highestId: 6,
      baud: 1_000_000,
      ...LOSSY,
    });
    expect(servos).toEqual([
      {
        id: 2,
        baud: 1_000_000,
        protocol: 'feetech',
        model: 'sts3215',
        voltage: 6,
        temperature: 25,
        faults: [],
      },
      expect.objectContaining({ id: 5, faults: ['overload'] }),
    ]);
  });

  it('finds servos of the other protocol', async () => {
    const { emulator } = emulate({ ids: [1], model: 'xl430-w250' });
    closing.push(() => emulator.close());
    const { servos } = await scanPort({
      path: emulator.path,
      highestId: 2,
      baud: 57_600,
      ...LOSSY,
    });
    expect(servos.map(({ model, id }) => [model, id])).toEqual([['xl430-w250', 1]]);
  });

  it('tells two servos with one id from silence', async () => {
    const { emulator } = emulate({ ids: [1, 1] });
    closing.push(() => emulator.close());
    const { servos, garbled } = await scanPort({
      path: emulator.path,
      highestId: 2,
      baud: 1_000_000,
      ...LOSSY,
    });
    expect(servos).toEqual([]);
    expect(garbled).toContainEqual({ protocol: 'feetech', baud: 1_000_000 });
  });
});

describe.each(['sts3215', 'xl330-m288'])('set-id of a %s', (model) => {
  it('changes the id for good, and refuses one that is taken', async () => {
    const { bus, emulator, close } = await openRig({ model, ids: [1, 7], bus: LOSSY });
    closing.push(close);
    await setServoId(bus, 1, 3);
    emulator.bus.servo(3).powerCycle();
    expect(await bus.ping(3)).toBeDefined();
    await expect(setServoId(bus, 3, 7)).rejects.toThrow(/id 7 is taken already/);
    await expect(setServoId(bus, 9, 4)).rejects.toThrow(
      /no servo 9 answers; connect one servo alone/,
    );
  });

  it('changes the speed to one that the servo knows', async () => {
    const { bus, emulator, close } = await openRig({ model, ids: [1], bus: LOSSY });
    closing.push(close);
    await expect(setServoId(bus, 1, 1, 12_345)).rejects.toThrow(
      /cannot run at 12345 baud; expected one of/,
    );
    await setServoId(bus, 1, 2, 115_200);
    expect(bus.baud).toBe(115_200);
    const servo = emulator.bus.servo(2);
    expect(servo.model.baudRates.get(servo.get('baud_rate'))).toBe(115_200);
  });
});

describe.each(['sts3215', 'xl430-w250'])('a calibration of six %s', (model) => {
  async function session() {
    const rig = emulateSo101({ model });
    closing.push(rig.close);
    const section = rig.section();
    const bus = await ServoBus.open({
      path: section.port,
      baud: section.baud,
      protocol: rig.kind.protocol,
      echo: false,
      replyTimeoutMs: 10_000,
    });
    closing.unshift(() => bus.close());
    return { ...rig, section: section, bus, session: new CalibrationSession(bus, section, RANGES) };
  }

  it('finds middle and range of each joint as it is moved by hand, and stores them', async () => {
    const { session: steps, shafts, bus, section, emulator } = await session();
    for (const shaft of shafts) shaft.position = 2.5;
    await steps.release();
    await steps.centre();
    await steps.observe();
    for (const side of [-1, 1]) {
      for (const [i, joint] of JOINTS.entries()) {
        const { lower, upper } = RANGES.get(joint) ?? { lower: 0, upper: 0 };
        const shaft = shafts[i];
        if (shaft) shaft.position = 2.5 + (side * (upper - lower)) / 2;
      }
      await steps.observe();
    }
    const calibration = steps.result('arm.json');
    expect([...calibration.keys()]).toEqual([...JOINTS]);
    const pan = calibration.get('shoulder_pan');
    const half = (1.919862 / (2 * Math.PI)) * 4096;
    expect(pan?.range_min).toBeCloseTo(2047 - half, -1);
    expect(pan?.range_max).toBeCloseTo(2047 + half, -1);
    expect(calibration.get('wrist_roll')).toMatchObject({ range_min: 0, range_max: 4095 });
    await storeCalibration(bus, section, calibration, 'arm.json');
    const servo = emulator.bus.servo(1);
    servo.powerCycle();
    expect(servo.get('homing_offset')).toBe(pan?.homing_offset);
    expect(servo.get('max_position')).toBe(pan?.range_max);
  });

  it('names the joint that was not moved', async () => {
    const { session: steps } = await session();
    await steps.centre();
    await steps.observe();
    expect(() => steps.result('arm.json')).toThrow(
      /calibration of joint "shoulder_pan".*range_min below range_max/,
    );
  });
});
