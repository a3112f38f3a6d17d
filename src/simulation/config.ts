/** The `simulator` section of a set-up file: rates, physics and the scene. */
import { z } from 'zod';
import { sceneSchema } from './scene_config.js';

/**
 * How the simulated servos behave, beside damping and friction, which the URDF has. Defaults: the
 * STS3215 of the official SO-101 model.
 */
export const servoSchema = z
  .strictObject({
    kp: z.number().positive().default(998.22).describe('position gain, N·m/rad'),
    kv: z.number().min(0).default(2.731).describe('velocity gain, N·m·s/rad'),
    armature: z.number().min(0).default(0.028).describe('rotor inertia at the joint, kg·m²'),
  })
  .prefault({});
export type ServoConfig = z.output<typeof servoSchema>;

export const simulatorSection = z
  .strictObject({
    timestep_s: z.number().positive().max(0.01).default(0.002).describe('one physics step'),
    joint_state_rate_hz: z.number().positive().max(1000).default(100),
    camera_rate_hz: z.number().positive().max(120).default(30),
    truth_rate_hz: z
      .number()
      .positive()
      .max(100)
      .default(20)
      .describe('cube pose and success, for evaluation only'),
    command_timeout_s: z
      .number()
      .positive()
      .default(0.1)
      .describe('the arm stops by itself when no command came for this long'),
    stop_deceleration: z
      .number()
      .positive()
      .default(20)
      .describe('deceleration of that stop, rad/s²'),
    seed: z.int().min(0).default(0).describe('scene at start'),
    paused: z.boolean().default(false).describe('start paused: time advances by the step service'),
    step_count: z.int().min(1).default(1).describe('physics steps of one call of the step service'),
    servo_buses: z
      .boolean()
      .default(false)
      .describe(
        'the arm has emulated servos: their buses appear at the ports of the section servo, and ' +
          'nothing else moves the arm or tells its joint states',
      ),
    servo: servoSchema,
    scene: sceneSchema,
  })
  .prefault({});
export type SimulatorConfig = z.output<typeof simulatorSection>;
