/** Dynamixel's X series, 4096 counts a turn. Source: ROBOTIS e-Manual, control table of each model. */
import { dynamixel } from '../protocol/dynamixel.js';
import type { ServoFault, ServoModel } from './servo_model.js';
import { controlTable } from './table.js';

const registers = controlTable({
  model_number: [0, 2, 'er'],
  firmware: [6, 1, 'er'],
  id: [7, 1, 'e'],
  baud_rate: [8, 1, 'e'],
  return_delay: [9, 1, 'e'],
  drive_mode: [10, 1, 'e'],
  operating_mode: [11, 1, 'e'],
  secondary_id: [12, 1, 'e'],
  protocol_type: [13, 1, 'e'],
  homing_offset: [20, 4, 'e', 'twos'],
  moving_threshold: [24, 4, 'e'],
  max_temperature: [31, 1, 'e'],
  max_voltage: [32, 2, 'e'],
  min_voltage: [34, 2, 'e'],
  pwm_limit: [36, 2, 'e'],
  current_limit: [38, 2, 'e'],
  velocity_limit: [44, 4, 'e'],
  max_position: [48, 4, 'e'],
  min_position: [52, 4, 'e'],
  shutdown: [63, 1, 'e'],
  torque_enable: [64, 1],
  led: [65, 1],
  status_return_level: [68, 1],
  registered_instruction: [69, 1, 'r'],
  error_status: [70, 1, 'r'],
  velocity_i: [76, 2],
  velocity_p: [78, 2],
  position_d: [80, 2],
  position_i: [82, 2],
  position_p: [84, 2],
  bus_watchdog: [98, 1],
  goal_pwm: [100, 2, '', 'twos'],
  goal_current: [102, 2, '', 'twos'],
  goal_velocity: [104, 4, '', 'twos'],
  profile_acceleration: [108, 4],
  profile_velocity: [112, 4],
  goal_position: [116, 4, '', 'twos'],
  realtime_tick: [120, 2, 'r'],
  moving: [122, 1, 'r'],
  moving_status: [123, 1, 'r'],
  present_pwm: [124, 2, 'r', 'twos'],
  present_load: [126, 2, 'r', 'twos'],
  present_velocity: [128, 4, 'r', 'twos'],
  present_position: [132, 4, 'r', 'twos'],
  velocity_trajectory: [136, 4, 'r', 'twos'],
  position_trajectory: [140, 4, 'r', 'twos'],
  present_voltage: [144, 2, 'r'],
  present_temperature: [146, 1, 'r'],
});

const faults: readonly ServoFault[] = [
  {
    bit: 0,
    name: 'voltage',
    text: 'supply voltage out of its limits: check the power supply and its plug',
  },
  {
    bit: 2,
    name: 'overheat',
    text: 'too hot: let it cool down, lighten its load, then restart it',
  },
  { bit: 3, name: 'sensor', text: 'encoder fault: restart it, else replace it' },
  {
    bit: 4,
    name: 'shock',
    text: 'electrical shock or too little power: check the supply, then restart it',
  },
  { bit: 5, name: 'overload', text: 'overloaded: free the joint, then restart it' },
];

const RATES = [9_600, 57_600, 115_200, 1_000_000, 2_000_000, 3_000_000, 4_000_000];

/** rad/s in one count of 0.229 rpm. */
const VELOCITY_UNIT = (0.229 * 2 * Math.PI) / 60;

const factory = {
  firmware: 48,
  id: 1,
  baud_rate: 1,
  return_delay: 250,
  operating_mode: 3,
  secondary_id: 255,
  protocol_type: 2,
  moving_threshold: 10,
  pwm_limit: 885,
  max_position: 4095,
  shutdown: 52,
  status_return_level: 2,
  position_p: 800,
  goal_pwm: 885,
};

interface Particulars {
  readonly number: number;
  /** What `present_load` is, its count (A, or fraction of the largest load), and N·m for each A. */
  readonly load: readonly [ServoModel['loadKind'], number, number];
  /** Limits as registers hold them. */
  readonly temperature: number;
  readonly voltage: readonly [min: number, max: number];
  readonly velocityLimit: number;
}

function xSeries(name: string, particulars: Particulars): ServoModel {
  const { number, load, temperature, voltage, velocityLimit } = particulars;
  return {
    name,
    number,
    protocol: dynamixel,
    registers,
    resolution: 4096,
    velocityUnit: VELOCITY_UNIT,
    loadKind: load[0],
    loadUnit: load[1],
    torquePerAmpere: load[2],
    fullEffort: { register: 'goal_pwm', value: 885 },
    voltageUnit: 0.1,
    returnDelayUnit: 2e-6,
    homingSign: 1,
    baudRates: new Map(RATES.map((rate, code) => [code, rate])),
    factoryBaud: 57_600,
    // Extended position control. In mode 3, within one turn, the servo ignores a homing offset of
    // more than 1024 counts (e-Manual), which LeRobot's calibrations have.
    positionMode: 4,
    countsTurns: true,
    faults,
    factory: {
      ...factory,
      model_number: number,
      max_temperature: temperature,
      min_voltage: voltage[0],
      max_voltage: voltage[1],
      velocity_limit: velocityLimit,
    },
  };
}

// N·m/A: stall torque over stall current in the e-Manual, at 5 V (XL330) and 12 V (XM).
const XL330_M077 = ['current', 0.001, 0.215 / 1.47] as const;
const XL330_M288 = ['current', 0.001, 0.52 / 1.47] as const;
const XM430_W350 = ['current', 0.00269, 4.1 / 2.3] as const;
const XM540_W270 = ['current', 0.00269, 10.6 / 4.4] as const;
const PER_MILLE = ['fraction', 0.001, 0] as const;

export const xl330m077 = xSeries('xl330-m077', {
  number: 1190,
  load: XL330_M077,
  temperature: 70,
  voltage: [35, 70],
  velocityLimit: 1620,
});
export const xl330m288 = xSeries('xl330-m288', {
  number: 1200,
  load: XL330_M288,
  temperature: 70,
  voltage: [35, 70],
  velocityLimit: 445,
});
export const xl430w250 = xSeries('xl430-w250', {
  number: 1060,
  load: PER_MILLE,
  temperature: 72,
  voltage: [60, 140],
  velocityLimit: 265,
});
export const xc430w150 = xSeries('xc430-w150', {
  number: 1070,
  load: PER_MILLE,
  temperature: 80,
  voltage: [60, 140],
  velocityLimit: 460,
});
export const xm430w350 = xSeries('xm430-w350', {
  number: 1020,
  load: XM430_W350,
  temperature: 80,
  voltage: [95, 160],
  velocityLimit: 200,
});
export const xm540w270 = xSeries('xm540-w270', {
  number: 1120,
  load: XM540_W270,
  temperature: 80,
  voltage: [100, 160],
  velocityLimit: 128,
});
