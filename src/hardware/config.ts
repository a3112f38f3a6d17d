/** The `servo` section of a set-up file: buses, servos, rates, and what happens at the end. */
import { z } from 'zod';
import { MAX_SERVO_ID } from './protocol/packet.js';
import { servoModel, servoModels } from './registers/models.js';

const modelName = z.enum(servoModels.map(({ name }) => name) as [string, ...string[]]);

const referenceSchema = z
  .strictObject({
    at: z.enum(['middle', 'minimum', 'maximum']).default('middle'),
    position: z.number().describe('angle of the joint there, rad'),
  })
  .describe('where counts and radians meet; the middle of the range is that of the URDF if absent');

const jointSchema = z.strictObject({
  id: z.int().min(0).max(MAX_SERVO_ID).describe('id of the servo'),
  model: modelName.optional().describe('kind of servo, where it is not that of the bus'),
  motor: z
    .string()
    .min(1)
    .optional()
    .describe('its name in the calibration file, where it is not the joint’s'),
  shadow: z
    .int()
    .min(0)
    .max(MAX_SERVO_ID)
    .optional()
    .describe(
      'id of a second servo at the same joint, which follows the first by its secondary id ' +
        '(Dynamixel); its name in the calibration file ends in _shadow',
    ),
  reference: referenceSchema.optional(),
  torque_limit: z
    .number()
    .min(0.05)
    .max(1)
    .default(1)
    .describe(
      'share of its torque that the servo may use; less for a gripper, whose servo would switch ' +
        'itself off as overloaded while it holds something with all it has',
    ),
  full_turn: z
    .boolean()
    .default(false)
    .describe('turns all the way round, so that calibration does not ask for its ends'),
});

const busSchema = z
  .strictObject({
    port: z.string().min(1).describe('serial port, such as /dev/ttyACM0'),
    baud: z.int().positive().default(1_000_000),
    model: modelName.default('sts3215').describe('kind of the servos on this bus'),
    calibration: z.string().min(1).describe('calibration file of LeRobot, relative to this file'),
    joints: z.record(z.string().min(1), jointSchema).describe('the servo of each joint'),
    echo: z
      .union([z.boolean(), z.literal('probe')])
      .default('probe')
      .describe('whether the adapter returns what is sent; found out at the start by default'),
    reply_timeout_ms: z
      .number()
      .positive()
      .max(1000)
      .default(8)
      .describe('what replies may take beyond their time on the wire'),
  })
  .superRefine(({ joints, model }, context) => {
    const byId = new Map<number, string>();
    for (const [joint, entry] of Object.entries(joints)) {
      for (const key of ['id', 'shadow'] as const) {
        const id = entry[key];
        if (id === undefined) continue;
        const other = byId.get(id);
        byId.set(id, joint);
        if (other === undefined) continue;
        const message = `an id of its own; ${other} has ${id}`;
        context.addIssue({ code: 'custom', path: ['joints', joint, key], message });
      }
      const { registers, name } = servoModel(entry.model ?? model);
      if (entry.shadow === undefined || 'secondary_id' in registers) continue;
      const message = `none: a ${name} has no secondary id`;
      context.addIssue({ code: 'custom', path: ['joints', joint, 'shadow'], message });
    }
  });

export const servoSection = z
  .strictObject({
    buses: z.array(busSchema).min(1).describe('one for each serial port'),
    rate_hz: z.number().positive().max(500).default(100).describe('reads and writes of all servos'),
    command_timeout_s: z
      .number()
      .positive()
      .default(0.1)
      .describe('the arm holds where it is when no command came for this long'),
    lost_after: z
      .int()
      .min(1)
      .default(5)
      .describe('cycles in a row without an answer after which a servo counts as lost'),
    on_exit: z
      .enum(['release', 'hold'])
      .default('release')
      .describe('torque at the end, crash included: off, or held at the last position'),
    guard_timeout_s: z
      .number()
      .min(0.05)
      .default(1)
      .describe(
        'silence of the driver after which the guard process ends it and has the last word',
      ),
    auto_activate: z
      .boolean()
      .default(false)
      .describe('switch torque on at the start, without waiting for a lifecycle transition'),
    reconnect_s: z.number().positive().default(1).describe('between attempts to open a lost port'),
  })
  .superRefine(({ buses }, context) => {
    const joints = buses.flatMap((bus) => Object.keys(bus.joints));
    const twice = joints.find((joint, i) => joints.indexOf(joint) !== i);
    if (twice === undefined) return;
    context.addIssue({
      code: 'custom',
      path: ['buses'],
      message: `joint ${twice} on one bus only`,
    });
  });

export type ServoSection = z.output<typeof servoSection>;
export type BusSection = ServoSection['buses'][number];
