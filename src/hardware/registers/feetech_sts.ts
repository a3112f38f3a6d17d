/**
 * Feetech's STS and SMS servos with a magnetic encoder of 4096 counts a turn. Source: the memory
 * table of Feetech's manual for the STS3215; units as measured and used by LeRobot.
 */
import { feetech } from '../protocol/feetech.js';
import type { ServoFault, ServoModel } from './servo_model.js';
import { controlTable } from './table.js';

const registers = controlTable({
  firmware: [0, 2, 'er'],
  model_number: [3, 2, 'er'],
  id: [5, 1, 'e'],
  baud_rate: [6, 1, 'e'],
  return_delay: [7, 1, 'e'],
  response_level: [8, 1, 'e'],
  min_position: [9, 2, 'e'],
  max_position: [11, 2, 'e'],
  max_temperature: [13, 1, 'e'],
  max_voltage: [14, 1, 'e'],
  min_voltage: [15, 1, 'e'],
  max_torque: [16, 2, 'e'],
  phase: [18, 1, 'e'],
  unloading_conditions: [19, 1, 'e'],
  led_alarms: [20, 1, 'e'],
  position_p: [21, 1, 'e'],
  position_d: [22, 1, 'e'],
  position_i: [23, 1, 'e'],
  minimum_startup_force: [24, 2, 'e'],
  clockwise_dead_zone: [26, 1, 'e'],
  counterclockwise_dead_zone: [27, 1, 'e'],
  protection_current: [28, 2, 'e'],
  angular_resolution: [30, 1, 'e'],
  homing_offset: [31, 2, 'e', { bit: 11 }],
  operating_mode: [33, 1, 'e'],
  protective_torque: [34, 1, 'e'],
  protection_time: [35, 1, 'e'],
  overload_torque: [36, 1, 'e'],
  velocity_p: [37, 1, 'e'],
  overcurrent_time: [38, 1, 'e'],
  velocity_i: [39, 1, 'e'],
  torque_enable: [40, 1],
  acceleration: [41, 1],
  goal_position: [42, 2, '', { bit: 15 }],
  goal_time: [44, 2],
  goal_velocity: [46, 2, '', { bit: 15 }],
  torque_limit: [48, 2],
  lock: [55, 1],
  present_position: [56, 2, 'r', { bit: 15 }],
  present_velocity: [58, 2, 'r', { bit: 15 }],
  present_load: [60, 2, 'r', { bit: 10 }],
  present_voltage: [62, 1, 'r'],
  present_temperature: [63, 1, 'r'],
  async_write_flag: [64, 1, 'r'],
  error_status: [65, 1, 'r'],
  moving: [66, 1, 'r'],
  present_current: [69, 2, 'r', { bit: 15 }],
  maximum_acceleration: [85, 1],
});

const faults: readonly ServoFault[] = [
  {
    bit: 0,
    name: 'voltage',
    text: 'supply voltage out of its limits: check the power supply and its plug',
  },
  {
    bit: 1,
    name: 'sensor',
    text: 'position sensor fault: power the servo off and on, else replace it',
  },
  { bit: 2, name: 'overheat', text: 'too hot: let it cool down and lighten its load' },
  {
    bit: 3,
    name: 'overcurrent',
    text: 'too much current: free the joint, then switch torque off and on',
  },
  { bit: 5, name: 'overload', text: 'overloaded: free the joint, then switch torque off and on' },
];

const RATES = [1_000_000, 500_000, 250_000, 128_000, 115_200, 57_600, 38_400, 19_200];

const factory = {
  firmware: 0x0903,
  id: 1,
  return_delay: 250,
  response_level: 1,
  max_position: 4095,
  max_temperature: 70,
  max_torque: 1000,
  phase: 12,
  unloading_conditions: 44,
  led_alarms: 47,
  position_p: 32,
  position_d: 32,
  minimum_startup_force: 16,
  clockwise_dead_zone: 1,
  counterclockwise_dead_zone: 1,
  protection_current: 500,
  angular_resolution: 1,
  protective_torque: 20,
  protection_time: 200,
  overload_torque: 80,
  velocity_p: 10,
  overcurrent_time: 200,
  velocity_i: 10,
  torque_limit: 1000,
  lock: 1,
};

function sts(name: string, number: number, volts: { min: number; max: number }): ServoModel {
  return {
    name,
    number,
    protocol: feetech,
    registers,
    resolution: 4096,
    velocityUnit: (2 * Math.PI) / 4096,
    loadUnit: 0.001,
    loadKind: 'fraction',
    torquePerAmpere: 0,
    fullEffort: { register: 'torque_limit', value: 1000 },
    voltageUnit: 0.1,
    returnDelayUnit: 2e-6,
    homingSign: -1,
    baudRates: new Map(RATES.map((rate, code) => [code, rate])),
    factoryBaud: 1_000_000,
    positionMode: 0,
    countsTurns: false,
    faults,
    factory: { ...factory, model_number: number, max_voltage: volts.max, min_voltage: volts.min },
  };
}

export const sts3215 = sts('sts3215', 777, { min: 40, max: 80 });
export const sts3250 = sts('sts3250', 2825, { min: 40, max: 140 });
