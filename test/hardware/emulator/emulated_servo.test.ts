/** The emulated servo behaves as the manuals say: motion, limits, locks, faults, watchdog. */
import { describe, expect, it } from 'vitest';
import { EmulatedServo, Refusal } from '../../../src/hardware/emulator/emulated_servo.js';
import { FreeShaft } from '../../../src/hardware/emulator/servo_body.js';
import { servoModel } from '../../../src/hardware/registers/models.js';
import { encodeRegister } from '../../../src/hardware/registers/register.js';
import { registerOf } from '../../../src/hardware/registers/servo_model.js';

function make(name: string) {
  const model = servoModel(name);
  const shaft = new FreeShaft();
  const servo = new EmulatedServo(model, 1, shaft);
  const write = (register: string, value: number) => {
    const found = registerOf(model, register);
    return servo.write(found.address, encodeRegister(found, value));
  };
  const wait = (seconds: number) => {
    for (let t = 0; t < seconds - 1e-9; t += 0.01) servo.advance(0.01);
  };
  return { servo, shaft, write, wait };
}

describe.each(['sts3215', 'xm430-w350'])('an emulated %s', (name) => {
  it('goes to its goal with torque on only, within speed and acceleration, and stops there', () => {
    const { servo, write, wait } = make(name);
    write('goal_position', 3000);
    wait(0.5);
    expect(servo.get('present_position')).toBe(2048);
    write('torque_enable', 1);
    let fastest = 0;
    let last = servo.body.velocity;
    let hardest = 0;
    for (let i = 0; i < 200; i++) {
      servo.advance(0.01);
      fastest = Math.max(fastest, Math.abs(servo.body.velocity));
      hardest = Math.max(hardest, Math.abs(servo.body.velocity - last) / 0.01);
      last = servo.body.velocity;
    }
    expect(fastest).toBeGreaterThan(4);
    expect(fastest).toBeLessThanOrEqual(5);
    expect(hardest).toBeLessThanOrEqual(150 + 1e-6);
    expect(servo.get('present_position')).toBe(3000);
    expect(servo.get('present_velocity')).toBe(0);
    expect(servo.get('moving')).toBe(0);
  });

  it('lets go when it is jammed for long, and keeps the fault until it is cleared', () => {
    const { servo, shaft, write, wait } = make(name);
    write('torque_enable', 1);
    write('goal_position', 3000);
    shaft.jammed = true;
    wait(1);
    expect(servo.get('error_status')).toBe(0);
    expect(servo.get('present_load')).toBeGreaterThan(300);
    wait(1.5);
    expect(servo.torque).toBe(false);
    expect(servo.errorByte).not.toBe(0);
    shaft.jammed = false;
    wait(1);
    expect(servo.errorByte).not.toBe(0);
    if (servo.model.protocol.name === 'dynamixel') servo.powerCycle();
    else write('torque_enable', 1);
    expect(servo.errorByte).toBe(0);
  });

  it('reports heat and a low supply', () => {
    const { servo, wait } = make(name);
    const names = () =>
      servo.model.faults.filter(({ bit }) => (servo.get('error_status') >> bit) & 1);
    servo.voltage = 3;
    wait(0.1);
    expect(names().map((fault) => fault.name)).toEqual(['voltage']);
    servo.temperature = 95;
    wait(0.1);
    expect(names().map((fault) => fault.name)).toEqual(['voltage', 'overheat']);
  });
});

describe('an emulated STS3215', () => {
  it('stays within its position limits', () => {
    const { servo, write, wait } = make('sts3215');
    write('lock', 0);
    write('max_position', 2500);
    write('torque_enable', 1);
    write('goal_position', 4000);
    wait(2);
    expect(servo.get('present_position')).toBe(2500);
  });

  it('keeps what was written with its lock open through a power cut, and only that', () => {
    const { servo, write } = make('sts3215');
    write('return_delay', 7);
    servo.powerCycle();
    expect(servo.get('return_delay')).toBe(250);
    write('lock', 0);
    write('return_delay', 7);
    write('acceleration', 50);
    servo.powerCycle();
    expect([servo.get('return_delay'), servo.get('acceleration')]).toEqual([7, 0]);
  });

  it('shows its position less its homing offset, and calibrates its middle when told 128', () => {
    const { servo, shaft, write } = make('sts3215');
    write('homing_offset', -100);
    expect(servo.get('present_position')).toBe(2148);
    shaft.position = 1;
    servo.write(40, Uint8Array.of(128));
    expect(servo.get('present_position')).toBe(2048);
    expect(servo.get('torque_enable')).toBe(0);
  });
});

describe('an emulated Dynamixel', () => {
  it('refuses what its control table does not allow, with the right number', () => {
    const { servo, write } = make('xl430-w250');
    expect(servo.write(132, new Uint8Array(4))).toBe(Refusal.access);
    expect(write('goal_position', 5000)).toBe(Refusal.range);
    expect(write('torque_enable', 1)).toBe(Refusal.none);
    expect(write('id', 5)).toBe(Refusal.access);
    expect(servo.id).toBe(1);
  });

  it('stops and refuses goals when its watchdog has heard nothing for too long', () => {
    const { servo, write, wait } = make('xl430-w250');
    write('bus_watchdog', 5);
    write('torque_enable', 1);
    write('goal_position', 3500);
    wait(0.09);
    servo.heard();
    wait(0.09);
    expect(servo.get('bus_watchdog')).toBe(5);
    wait(1);
    expect(servo.get('bus_watchdog')).toBe(255);
    const where = servo.get('present_position');
    expect(where).toBeLessThan(3000);
    expect(write('goal_position', 3500)).toBe(Refusal.range);
    wait(0.5);
    expect(Math.abs(servo.get('present_position') - where)).toBeLessThan(100);
    write('bus_watchdog', 0);
    expect(write('goal_position', 3500)).toBe(Refusal.none);
  });

  it('ignores a homing offset of more than a quarter turn, but for extended position control', () => {
    const { servo, write } = make('xl430-w250');
    write('homing_offset', 1024);
    expect(servo.get('present_position')).toBe(2048 + 1024);
    write('homing_offset', 1025);
    expect(servo.get('present_position')).toBe(2048);
    write('operating_mode', 4);
    expect(servo.get('present_position')).toBe(2048 + 1025);
  });

  it('counts its turns in extended position control, and forgets them without power', () => {
    const { servo, shaft, write, wait } = make('xl430-w250');
    write('operating_mode', 4);
    write('torque_enable', 1);
    expect(write('goal_position', 1_048_576)).toBe(Refusal.range);
    expect(write('goal_position', 6000)).toBe(Refusal.none);
    wait(5);
    expect(servo.get('present_position')).toBe(6000);
    expect(shaft.position).toBeCloseTo((6000 * 2 * Math.PI) / 4096, 3);
    servo.powerCycle();
    expect(servo.get('present_position')).toBe(6000 - 4096);
    expect(servo.get('goal_position')).toBe(6000 - 4096);
  });

  it('is not switched on with a fault that only a restart clears', () => {
    const { servo, write } = make('xl430-w250');
    servo.raise('overload');
    expect(write('torque_enable', 1)).toBe(Refusal.access);
    servo.powerCycle();
    expect(write('torque_enable', 1)).toBe(Refusal.none);
  });
});
