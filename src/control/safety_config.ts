/**
 * The `safety` section of a set-up file: what the filter and the watchdogs are told beyond the
 * joints' own limits. Lengths in metres in the base frame of the robot.
 */
import { z } from 'zod';
import { MAX_WATCHES } from './control_memory.js';
import { sceneSchema, workspaceSchema } from './safety_scene_config.js';

export const topicName = z.string().regex(/^\/?[A-Za-z_{][\w/{}]*$/, 'a ROS topic name');

const bounds = (low: number, high: number) =>
  z
    .tuple([z.number().min(low).max(high), z.number().min(low).max(high)])
    .refine(([least, most]) => least <= most, 'bounds as [least, most]');

const barrierSchema = z
  .strictObject({
    gain: z
      .number()
      .positive()
      .default(8)
      .describe('1/s: share of the distance left to a margin that may be used up a second'),
    self_margin_m: z
      .number()
      .positive()
      .default(0.01)
      .describe('distance that the robot’s links are kept from one another'),
    scene_margin_m: z
      .number()
      .positive()
      .default(0.01)
      .describe('distance that the robot is kept from the shapes of the scene'),
    gain_bounds: bounds(0.1, 100)
      .default([1, 30])
      .describe('range in which `gain` may be changed while running'),
    margin_bounds_m: bounds(0.0005, 1)
      .default([0.002, 0.1])
      .describe('range in which the margins may be changed while running'),
  })
  .superRefine((barrier, context) => {
    const inside = (key: 'gain' | 'self_margin_m' | 'scene_margin_m', range: [number, number]) => {
      if (barrier[key] >= range[0] && barrier[key] <= range[1]) return;
      const message = `inside its bounds, ${range[0]} to ${range[1]}`;
      context.addIssue({ code: 'custom', path: [key], message });
    };
    inside('gain', barrier.gain_bounds);
    inside('self_margin_m', barrier.margin_bounds_m);
    inside('scene_margin_m', barrier.margin_bounds_m);
  })
  .prefault({});

const wrenchSchema = z.strictObject({
  topic: topicName.describe('geometry_msgs/WrenchStamped'),
  force_n: z.number().positive().describe('magnitude of the force that stops the arm'),
  torque_nm: z.number().positive().describe('magnitude of the torque that stops the arm'),
  timeout_s: z
    .number()
    .min(0.01)
    .max(5)
    .default(0.2)
    .describe('silence of the sensor that stops the arm'),
});

const energySchema = z.strictObject({
  budget_j: z.number().positive().describe('energy that commands may put out; full at each start'),
  refill_w: z
    .number()
    .min(0)
    .default(1)
    .describe('what flows back, beside what the robot gives up by itself'),
});

const watchSchema = z
  .strictObject({
    kind: z
      .enum(['camera', 'operator'])
      .describe('which row of the failsafe table its silence is: camera_stale or operator_stale'),
    topic: topicName
      .optional()
      .describe('any topic; absent for a camera: `camera_info` beside its images'),
    type: z
      .string()
      .regex(/^\w+\/msg\/\w+$/, 'a message type such as sensor_msgs/msg/Joy')
      .optional()
      .describe('its message type; absent for a camera: sensor_msgs/msg/CameraInfo'),
    timeout_s: z.number().min(0.01).max(60).describe('silence that counts as a fault'),
  })
  .superRefine((watch, context) => {
    const fault = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (watch.kind === 'operator' && watch.topic === undefined) fault('topic', 'a topic to watch');
    if ((watch.topic === undefined) === (watch.type === undefined)) return;
    fault(watch.topic === undefined ? 'topic' : 'type', 'topic and type together');
  });

const riskSchema = z
  .strictObject({
    topic: topicName.default('/risk').describe('std_msgs/Float64MultiArray [stamp, score]'),
    slow_above: z.number().min(0).describe('a score above this slows the arm'),
    hold_above: z.number().describe('a score above this, or one that is no number, holds it'),
    slow_factor: z
      .number()
      .positive()
      .max(1)
      .default(0.3)
      .describe('speed while slowed, as a share of the limits'),
    timeout_s: z
      .number()
      .min(0.01)
      .max(60)
      .default(0.5)
      .describe('silence of the critic that holds the arm'),
  })
  .refine((risk) => risk.hold_above >= risk.slow_above, {
    path: ['hold_above'],
    message: 'at least slow_above',
  });

export const safetySection = z
  .strictObject({
    synchronise: z
      .boolean()
      .default(false)
      .describe('keep the direction of motion when one joint is limited, by slowing the others'),
    tool_speed_m_s: z
      .number()
      .positive()
      .max(20)
      .optional()
      .describe('greatest speed of a tool centre; absent: none but the joints’ own'),
    manual_tool_speed_m_s: z
      .number()
      .positive()
      .max(20)
      .default(0.25)
      .describe('the same in manual mode (service ~/manual)'),
    gross_overlap_m: z
      .number()
      .min(0)
      .max(0.1)
      .default(0.005)
      .describe('how deep two capsules may overlap when motion begins (outward only)'),
    workspace: workspaceSchema.describe('where tool centres must stay'),
    scene: sceneSchema.describe('what no moving part of the robot may meet'),
    barrier: barrierSchema,
    effort: z
      .record(z.string(), z.number().positive())
      .default({})
      .describe('by joint: measured effort (N m) whose excess stops the arm'),
    wrench: wrenchSchema.optional().describe('force and torque sensor'),
    energy: energySchema.optional().describe('passivity tank on measured effort × speed'),
    watch: z
      .record(z.string().regex(/^[a-z][a-z0-9_]*$/, 'a lower-case name'), watchSchema)
      .refine(
        (streams) => Object.keys(streams).length <= MAX_WATCHES,
        `at most ${MAX_WATCHES} streams`,
      )
      .default({})
      .describe(`streams whose silence holds or stops the arm, by name; at most ${MAX_WATCHES}`),
    risk: riskSchema.optional().describe('score of a critic; it can only make things safer'),
    publish_rate_hz: z
      .number()
      .positive()
      .max(100)
      .default(20)
      .describe('messages on ~/safety a second, at most'),
  })
  .prefault({});

/** The section with its defaults filled in. */
export type SafetyConfig = z.output<typeof safetySection>;
