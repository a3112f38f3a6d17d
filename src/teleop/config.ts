/** The `teleop` section of a set-up file. */
import { z } from 'zod';

/** What an operator may move the arm by. */
export const SOURCES = ['leader', 'pose_target', 'joint_target', 'twist_jog', 'joint_jog'] as const;
export type SourceName = (typeof SOURCES)[number];

const leaderSection = z.strictObject({
  joints: z
    .record(
      z.string(),
      z.strictObject({
        joint: z.string().describe('joint of the leader'),
        scale: z.number().default(1).describe('negative where it turns the other way'),
      }),
    )
    .default({})
    .describe('by joint of the robot; those not named follow the leader’s joint of the same name'),
  grasp: z
    .enum(['motion', 'never'])
    .default('motion')
    .describe('whether moving the leader takes over; with never, a console does'),
  motion_rad_s: z
    .number()
    .positive()
    .default(0.25)
    .describe('speed of a leader’s joint that counts as a grasp'),
  release_s: z
    .number()
    .min(0.1)
    .max(60)
    .default(1.5)
    .describe('a leader at rest for so long has been let go'),
  slide_rad_s: z
    .number()
    .positive()
    .default(0.4)
    .describe('speed at which the arm is slid to where the leader is, after a grasp'),
});

/** Buttons of a gamepad by their place, in SDL's order: "south" is the lower one of the four. */
export const PAD_BUTTONS = [
  ...(['south', 'east', 'west', 'north'] as const),
  ...(['back', 'guide', 'start', 'left_stick', 'right_stick'] as const),
  ...(['left_shoulder', 'right_shoulder'] as const),
  ...(['dpad_up', 'dpad_down', 'dpad_left', 'dpad_right'] as const),
] as const;
export type PadButton = (typeof PAD_BUTTONS)[number];

const button = (otherwise: PadButton, what: string) =>
  z.enum(PAD_BUTTONS).default(otherwise).describe(what);

const gamepadSection = z.strictObject({
  library: z.string().optional().describe('SDL 2, if the system finds none by its usual name'),
  speed: z.number().positive().max(1).default(0.5).describe('share of the greatest speeds'),
  frame: z.enum(['base', 'tool']).default('base').describe('axes that the sticks move along'),
  dead_zone: z.number().min(0).max(0.9).default(0.12).describe('travel of a stick that is none'),
  buttons: z
    .strictObject({
      deadman: button('left_shoulder', 'held to command'),
      e_stop: button('east', 'the right one of the four'),
      hand_back: button('north', 'the upper one of the four, with the deadman released'),
    })
    .prefault({}),
});

export const teleopSection = z
  .strictObject({
    rate_hz: z.number().min(20).max(1000).default(100).describe('commands a second'),
    joint_speed_rad_s: z.number().positive().default(0.8).describe('greatest speed of a joint'),
    linear_speed_m_s: z.number().positive().default(0.2).describe('greatest speed of the tool'),
    angular_speed_rad_s: z.number().positive().default(1.2).describe('likewise, turning'),
    acceleration_rad_s2: z
      .number()
      .positive()
      .default(5)
      .describe('how fast a jog builds up and ends'),
    timeout_s: z
      .number()
      .min(0.02)
      .max(5)
      .default(0.2)
      .describe('silence of a source after which it moves nothing'),
    sources: z
      .array(z.enum(SOURCES))
      .default([...SOURCES])
      .describe('in order of priority: the first that is not silent moves the arm'),
    singularity: z
      .strictObject({
        slow_from: z
          .number()
          .min(1)
          .default(17)
          .describe('condition number of the Jacobian from which a jog of the tool slows down'),
        halt_at: z.number().min(1).default(30).describe('and at which it comes to rest'),
      })
      .prefault({})
      .refine(({ slow_from, halt_at }) => slow_from < halt_at, 'slow_from below halt_at'),
    gamepad: gamepadSection
      .optional()
      .describe('a gamepad at this computer, without a browser; none if absent'),
    leader: leaderSection.optional().describe('another arm that leads this one; none if absent'),
  })
  .describe('jogging, dragging and leading the arm; no process if absent');

export type TeleopConfig = z.output<typeof teleopSection>;
export type GamepadConfig = z.output<typeof gamepadSection>;
export type LeaderConfig = z.output<typeof leaderSection>;
