/** An arm on emulated buses: commands, holds, faults, lost servos and ports, and two ports at once. */
import { afterEach, describe, expect, it } from 'vitest';
import { ServoArm } from '../../../src/hardware/arm/servo_arm.js';
import { servoSection } from '../../../src/hardware/config.js';
import { emulateSo101, JOINTS, RANGES } from '../so101.js';

let closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing) await close();
  closing = [];
});

async function open() {
  const rig = emulateSo101();
  closing.push(rig.close);
  const bus = rig.section();
  const section = { ...servoSection.parse({ buses: [bus] }), lost_after: 3 };
  const arm = await ServoArm.open({
    section,
    buses: [{ bus, file: rig.file }],
    ranges: RANGES,
    joints: JOINTS,
  });
  closing.unshift(() => arm.close());
  /** Cycles of 10 ms on the servos' clock, with a command before each where there is one. */
  const run = async (cycles: number, goals?: ArrayLike<number>) => {
    for (let i = 0; i < cycles; i++) {
      rig.clock.time += 0.01;
      if (goals) arm.command(goals, rig.clock.time);
      await arm.cycle(rig.clock.time);
    }
  };
  return { ...rig, arm, run };
}

const GOALS = [0.5, -0.3, 0.2, 0.1, 0.4, 0.5];

describe('an arm', () => {
  it('is opened with torque off, and moves only with torque on', async () => {
    const { arm, run, emulator } = await open();
    const torque = () => emulator.bus.servos.filter((servo) => servo.torque).length;
    await run(20, GOALS);
    expect(torque()).toBe(0);
    expect(arm.positions[0]).toBeCloseTo(0, 2);
    await arm.torqueOn();
    await run(100, GOALS);
    expect(torque()).toBe(6);
    for (const [i, goal] of GOALS.entries()) expect(arm.positions[i]).toBeCloseTo(goal, 2);
    await arm.torqueOff();
    expect(torque()).toBe(0);
  });

  it('holds where it is when commands stop coming, and goes on when they come again', async () => {
    const { arm, run } = await open();
    await arm.torqueOn();
    await run(5, GOALS);
    await run(60);
    const held = arm.positions.slice();
    expect(held[0]).toBeGreaterThan(0.02);
    await run(50);
    expect(arm.positions).toEqual(held);
    await run(100, GOALS);
    expect(arm.positions[0]).toBeCloseTo(0.5, 2);
  });

  it('refuses a command that is no position of each joint', async () => {
    const { arm } = await open();
    expect(() => arm.command([1, 2], 0)).toThrow(
      /2 values in a command; expected 6, one for each of/,
    );
    expect(() => arm.command([0, 0, Number.NaN, 0, 0, 0], 0)).toThrow(
      /no number for joint "elbow_flex"/,
    );
  });

  it('holds with a joint’s fault until torque is switched on anew, and says what to do', async () => {
    const { arm, run, emulator } = await open();
    await arm.torqueOn();
    await run(5, GOALS);
    emulator.bus.servo(3).raise('overload');
    await run(100, GOALS);
    expect(arm.fault).toBe(
      'joint elbow_flex (servo 3): overloaded: free the joint, then switch torque off and on',
    );
    expect(arm.positions[0]).toBeLessThan(0.4);
    await arm.torqueOff();
    await arm.torqueOn();
    expect(arm.fault).toBe('');
  });

  it.each([
    ['overheat', { temperature: 90 }, /^joint elbow_flex \(servo 3\): too hot: let it cool down/],
    ['voltage', { voltage: 3 }, /^joint elbow_flex \(servo 3\): supply voltage/],
  ])('holds with the fault %s, and says what to do', async (_name, state, line) => {
    const { arm, run, emulator } = await open();
    await arm.torqueOn();
    await run(5, GOALS);
    Object.assign(emulator.bus.servo(3), state);
    await run(20, GOALS);
    const [held] = arm.positions;
    expect(arm.fault).toMatch(line);
    await run(20, GOALS);
    expect(arm.positions[0]).toBeCloseTo(held ?? Number.NaN, 2);
  });

  it('holds when a servo is lost', async () => {
    const { arm, run, emulator } = await open();
    await arm.torqueOn();
    emulator.faults.plan({ kind: 'drop' }, { count: 6, id: 4 });
    await run(3, GOALS);
    expect(arm.fault).toBe('joint wrist_flex: servo 4 has not answered for 3 cycles');
  });

  it('fails when its port is unplugged', async () => {
    const { arm, run, emulator } = await open();
    await arm.torqueOn();
    emulator.unplug();
    await expect(run(2, GOALS)).rejects.toThrow(/the serial port is gone/);
    expect(arm.connected).toBe(false);
    await expect(arm.torqueOff()).rejects.toThrow(
      /torque may still be on: .*cut the power of the arm/,
    );
  });

  it('drives two ports as one arm', async () => {
    const rigs = [emulateSo101(), emulateSo101()];
    for (const rig of rigs) closing.push(rig.close);
    const parts = [JOINTS.slice(0, 2), JOINTS.slice(2)];
    const buses = rigs.map((rig, i) => {
      const all = rig.section();
      const joints = Object.entries(all.joints).filter(([joint]) =>
        parts[i]?.some((own) => own === joint),
      );
      return { bus: { ...all, joints: Object.fromEntries(joints) }, file: rig.file };
    });
    const section = servoSection.parse({ buses: buses.map(({ bus }) => bus) });
    const arm = await ServoArm.open({ section, buses, ranges: RANGES, joints: JOINTS });
    closing.unshift(() => arm.close());
    await arm.torqueOn();
    for (let i = 0; i < 100; i++) {
      for (const { clock } of rigs) clock.time += 0.01;
      arm.command(GOALS, i);
      await arm.cycle(i);
    }
    for (const [i, goal] of GOALS.entries()) expect(arm.positions[i]).toBeCloseTo(goal, 2);
    expect(rigs[0]?.emulator.bus.servos.filter(({ torque }) => torque)).toHaveLength(2);
    expect(rigs[1]?.emulator.bus.servos.filter(({ torque }) => torque)).toHaveLength(4);
  });
});
