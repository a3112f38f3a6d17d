/** What `/diagnostics` says of the servos: the buses, and each joint with its cure. */
import type { ServoArm } from '../hardware/arm/servo_arm.js';
import type { Health } from '../ros/diagnostics.js';

export interface ServoSituation {
  /** Why the arm is not connected; empty when it is. */
  readonly lost: string;
  /** Of the node's lifecycle. */
  readonly state: string;
  readonly commands: number;
}

export function servoHealth(
  arm: ServoArm | undefined,
  { lost, state, commands }: ServoSituation,
): Health[] {
  if (arm === undefined || lost !== '') {
    return [{ name: 'arm', level: 'error', message: lost || 'not connected' }];
  }
  const values = { lifecycle: state, torque: arm.torque, commands_received: commands };
  const arms: Health = {
    name: 'arm',
    level: arm.fault === '' ? 'ok' : 'error',
    message: arm.fault || (arm.torque ? 'torque is on' : 'torque is off'),
    values,
  };
  const buses = arm.chains.map(
    ({ bus }): Health => ({
      name: `bus ${bus.path}`,
      level: bus.counts.timeouts > 0 ? 'warn' : 'ok',
      message: `${bus.counts.timeouts} replies missed of ${bus.counts.replies + bus.counts.timeouts}`,
      values: { baud: bus.baud, ...bus.counts },
    }),
  );
  const joints = arm.states.map(
    ({ joint, id, model, faults, missed, voltage, temperature, load }): Health => ({
      name: `joint ${joint}`,
      level: faults.length > 0 || missed > 0 ? 'error' : 'ok',
      message:
        faults.map(({ text }) => text).join('; ') ||
        (missed > 0 ? `servo ${id} has not answered for ${missed} cycles` : 'ok'),
      values: {
        servo: id,
        model: model.name,
        voltage_v: voltage,
        temperature_c: temperature,
        [model.loadKind === 'current' ? 'current_a' : 'load_share']: load,
      },
    }),
  );
  return [arms, ...buses, ...joints];
}
