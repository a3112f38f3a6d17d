/** The servo section of a set-up file, with calibration files and joint limits beside it. */
import { basename, resolve } from 'node:path';
import { SinewError } from '../core/error.js';
import { resolveLimits } from '../description/joint_limits.js';
import { loadUrdf } from '../description/urdf_parser.js';
import type { JointRanges } from '../hardware/arm/calibrated_states.js';
import type { BusSection, ServoSection } from '../hardware/config.js';
import type { Config } from './config.js';

/** In lock-step a reply always comes, and nothing may depend on when. */
const LOCKSTEP_PATIENCE_MS = 30_000;

/** What the servo processes and commands need of a set-up. */
export interface ServoSetup {
  readonly section: ServoSection;
  /** Each bus with the absolute path of its calibration. */
  readonly buses: readonly { readonly bus: BusSection; readonly file: string }[];
  /** Limits of the robot's joints, rad. */
  readonly ranges: JointRanges;
  /** Most effort of each joint, N·m, in the order of the robot's joints. */
  readonly efforts: readonly number[];
}

/** @throws SinewError when the set-up has no servo section, or a joint of the robot no servo */
export function servoSetup(config: Config): ServoSetup {
  const section = config.servo;
  if (section === undefined) {
    throw new SinewError('no servo section', {
      where: config.file,
      expected: 'one with the serial port and the id of each joint; see docs/servos.md',
    });
  }
  const limits = resolveLimits(loadUrdf(config.robot.urdf), config.robot);
  const ranges = new Map(limits.map(({ name, lower, upper }) => [name, { lower, upper }]));
  const driven = section.buses.flatMap(({ joints }) => Object.keys(joints));
  const missing = config.robot.joints.filter((joint) => !driven.includes(joint));
  if (missing.length > 0) {
    throw new SinewError(`no servo for ${missing.join(', ')}`, {
      where: `${config.file}: servo.buses`,
      expected: `all of ${config.robot.joints.join(', ')}`,
    });
  }
  // A bare name, as ports have them on other systems, is no path.
  const portOf = (port: string) => (basename(port) === port ? port : resolve(config.dir, port));
  const buses = section.buses.map((bus) => ({
    bus: {
      ...bus,
      port: portOf(bus.port),
      reply_timeout_ms: config.lockstep ? LOCKSTEP_PATIENCE_MS : bus.reply_timeout_ms,
    },
    file: resolve(config.dir, bus.calibration),
  }));
  return { section, buses, ranges, efforts: limits.map(({ effort }) => effort) };
}
