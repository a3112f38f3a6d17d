/** The servos of a bus as joints, on an emulated SO-101. */
import { afterEach, describe, expect, it } from 'vitest';
import type { JointRanges } from '../../../src/hardware/arm/calibrated_states.js';
import { ServoChain } from '../../../src/hardware/arm/servo_chain.js';
import type { BusSection } from '../../../src/hardware/config.js';
import { emulateSo101, exampleCalibration, JOINTS, RANGES } from '../so101.js';

let closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing) await close();
  closing = [];
});

async function open(
  change: Partial<BusSection> = {},
  ranges: JointRanges = RANGES,
  model = 'sts3215',
) {
  const rig = emulateSo101({ model });
  closing.push(rig.close);
  const chain = await ServoChain.open(rig.section(change), rig.file, ranges);
  closing.unshift(() => chain.close());
  return { ...rig, chain };
}

describe.each(['sts3215', 'xl430-w250'])('a chain of %s', (model) => {
  it('moves its joints to where it is told, in radians, and reads them back', async () => {
    const { chain, clock } = await open({}, RANGES, model);
    await chain.check();
    await chain.prepare();
    await chain.torqueOn();
    const goals = Float64Array.of(0.5, -0.4, 0.3, 0.2, 1, 0.6);
    await chain.write(goals);
    // Within the watchdog of a Dynamixel, as a bus cycle is.
    for (let i = 0; i < 100; i++) {
      clock.time += 0.02;
      await chain.read();
    }
    for (const [i, state] of chain.states.entries()) {
      expect(state.position).toBeCloseTo(goals[i] ?? 0, 2);
      expect(state.faults).toEqual([]);
      expect(state.voltage).toBeGreaterThan(5);
      expect(state.temperature).toBeGreaterThan(20);
    }
  });

  it('switches torque on without a move, and off for all', async () => {
    const { chain, emulator, clock, shafts } = await open({}, RANGES, model);
    const before = shafts.map(({ position }) => position);
    await chain.torqueOn();
    expect(emulator.bus.servos.every(({ torque }) => torque)).toBe(true);
    clock.time += 0.1;
    await chain.read();
    expect(shafts.map(({ position }) => position)).toEqual(before);
    await chain.torqueOff();
    expect(emulator.bus.servos.some(({ torque }) => torque)).toBe(false);
  });

  it('shows a servo’s fault with its cure, and does not switch it on', async () => {
    const { chain, emulator } = await open({}, RANGES, model);
    emulator.bus.servo(3).raise('overheat');
    await chain.read();
    expect(chain.states[2]?.faults.map(({ name }) => name)).toEqual(['overheat']);
    if (model === 'xl430-w250') await expect(chain.torqueOn()).rejects.toThrow(/servo 3 refuses 1/);
  });
});

/** As LeRobot writes them: the middle of the joint is somewhere on the encoder, its end beyond 0. */
describe.each([1800, -1300, 4096 + 700])(
  'a chain of Dynamixels with homing offset %i',
  (offset) => {
    async function openShifted() {
      const calibration = exampleCalibration({ homing_offset: offset });
      const rig = emulateSo101({ model: 'xl430-w250' }, calibration);
      closing.push(rig.close);
      const chain = await ServoChain.open(rig.section(), rig.file, RANGES);
      closing.unshift(() => chain.close());
      await chain.check();
      await chain.prepare();
      /** Turns joint `i` by hand to `counts` of its calibration, and its power off and on. */
      const wakeAt = (i: number, counts: number) => {
        const shaft = rig.shafts[i];
        if (shaft === undefined) throw new Error(`no shaft ${i}`);
        shaft.position = ((counts - offset) * 2 * Math.PI) / 4096;
        rig.emulator.bus.servo(i + 1).powerCycle();
        return shaft;
      };
      return { ...rig, chain, wakeAt };
    }

    it('knows where its joints are, in whatever turn a servo wakes up', async () => {
      const { chain, wakeAt } = await openShifted();
      for (const counts of [1000, 1500, 2000, 2500, 3000]) {
        for (const i of JOINTS.keys()) wakeAt(i, counts);
        await chain.read();
        for (const { position, scale } of chain.states) {
          expect(scale.countsAt(position)).toBeCloseTo(counts, 6);
        }
      }
    });

    it('goes from there on the way inside its range, and switches torque on without a move', async () => {
      const { chain, wakeAt, clock } = await openShifted();
      const shafts = [...JOINTS.keys()].map((i) => wakeAt(i, 1600));
      await chain.read();
      const before = shafts.map(({ position }) => position);
      await chain.torqueOn();
      clock.time += 0.1;
      await chain.read();
      expect(shafts.map(({ position }) => position)).toEqual(before);
      const goals = chain.states.map(({ scale }) => scale.toRadians(2500));
      await chain.write(Float64Array.from(goals));
      for (let i = 0; i < 50; i++) {
        clock.time += 0.02;
        await chain.read();
      }
      for (const [i, shaft] of shafts.entries()) {
        const turned = ((shaft.position - (before[i] ?? 0)) * 4096) / (2 * Math.PI);
        expect(turned).toBeCloseTo(900, 0);
      }
    });

    it('does not send a joint of a whole turn round when it is pushed over the end', async () => {
      const { chain, wakeAt, clock } = await openShifted();
      const roll = JOINTS.indexOf('wrist_roll');
      const shaft = wakeAt(roll, 4090);
      await chain.read();
      await chain.torqueOn();
      const goals = Float64Array.from(chain.states, ({ position }) => position);
      const before = shaft.position;
      shaft.position += 0.2;
      for (let i = 0; i < 20; i++) {
        clock.time += 0.02;
        await chain.read();
        await chain.write(goals);
      }
      expect(Math.abs(shaft.position - before)).toBeLessThan(0.01);
    });
  },
);

describe('a chain', () => {
  it('counts the cycles in which a servo is silent, and reads the others', async () => {
    const { chain, emulator } = await open();
    emulator.faults.plan({ kind: 'drop' }, { count: 4, id: 2 });
    await chain.read();
    await chain.read();
    expect(chain.states.map(({ missed }) => missed)).toEqual([0, 2, 0, 0, 0, 0]);
    await chain.read();
    expect(chain.states[1]?.missed).toBe(0);
  });

  it('names the joint whose servo is missing, of another kind, or calibrated otherwise', async () => {
    const { chain, emulator } = await open();
    await chain.check();
    emulator.bus.servo(4).write(5, Uint8Array.of(9));
    await expect(chain.check()).rejects.toThrow(
      /servo 4 of joint "wrist_flex" does not answer, servo 1 does; check its cable and id/,
    );
    emulator.bus.servo(9).write(5, Uint8Array.of(4));
    emulator.bus.servo(4).memory.set([0x09, 0x0b], 3);
    await expect(chain.check()).rejects.toThrow(/servo 4 of joint "wrist_flex" is a sts3250/);
    emulator.bus.servo(4).memory.set([0x09, 0x03], 3);
    emulator.bus.servo(4).memory.set([1, 0], 9);
    await expect(chain.check()).rejects.toThrow(/joint "wrist_flex" holds range_min 1, the file/);
  });

  it('tells two servos with one id from one that is missing', async () => {
    const { chain, emulator } = await open();
    emulator.bus.servo(5).write(5, Uint8Array.of(4));
    await expect(chain.check()).rejects.toThrow(
      /servo 4 of joint "wrist_flex" answers garbled; two servos have this id, most likely/,
    );
  });

  it('says that it is the speed, or the power, when nobody answers', async () => {
    const rig = emulateSo101({ emulator: { baud: true } });
    closing.push(rig.close);
    const section = rig.section({ baud: 115_200 });
    const chain = await ServoChain.open(section, rig.file, RANGES);
    closing.unshift(() => chain.close());
    await expect(chain.check()).rejects.toThrow(
      /at 115200 baud: no servo answers; expected servos 1, 2, 3, 4, 5, 6; check the power supply, and the speed/,
    );
  });

  it('is not opened when a joint is unknown to the robot or its range is not the joint’s', async () => {
    const joints = { elbow: { id: 3, full_turn: false, torque_limit: 1 } };
    await expect(open({ joints })).rejects.toThrow(/no calibration of joint "elbow"/);
    const others = new Map([...RANGES].filter(([joint]) => joint !== 'gripper'));
    await expect(open({}, others)).rejects.toThrow(/joint "gripper" of the servo section/);
    const narrow = new Map([...RANGES, ['elbow_flex', { lower: -0.5, upper: 0.5 }]] as const);
    await expect(open({}, narrow)).rejects.toThrow(/joint "elbow_flex".*reaches beyond/);
  });

  it('never writes a goal that is no number', async () => {
    const { chain, emulator } = await open();
    const before = emulator.bus.servo(1).get('goal_position');
    await expect(chain.write(new Float64Array(6).fill(Number.NaN))).rejects.toThrow(
      /goal_position/,
    );
    expect(emulator.bus.servo(1).get('goal_position')).toBe(before);
  });

  it('has the joints of its section, in that order', async () => {
    const { chain } = await open();
    expect(chain.states.map(({ joint }) => joint)).toEqual([...JOINTS]);
    expect(exampleCalibration().size).toBe(6);
  });
});
