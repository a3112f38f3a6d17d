/**
 * What stands in the simulated world: cube, target, table, lights, cameras. Everything has a
 * default, so an empty object is the scene that the shipped policies were trained on.
 * Lengths in metres, angles in radians unless a name says `_deg`, colours as RGB in 0..1.
 */
import { z } from 'zod';

const vector3 = z.tuple([z.number(), z.number(), z.number()]);
const unit = z.number().min(0).max(1);
const rgb = z.tuple([unit, unit, unit]);
const range = z
  .tuple([z.number(), z.number()])
  .refine(([low, high]) => low <= high, 'a range as [low, high]');

const cubeSchema = z
  .strictObject({
    size: z.number().min(0.005).max(0.1).default(0.025).describe('length of an edge'),
    mass: z.number().positive().default(0.02).describe('kg'),
    friction: z.number().positive().default(1.0).describe('sliding friction coefficient'),
    color: rgb.default([0.85, 0.1, 0.08]),
    region: z
      .strictObject({ x: range.default([0.18, 0.3]), y: range.default([-0.03, 0.09]) })
      .prefault({})
      .describe('the centre starts uniformly in this rectangle of the table'),
    yaw: range.default([-Math.PI, Math.PI]).describe('uniform start rotation about the vertical'),
  })
  .prefault({});

const targetSchema = z
  .strictObject({
    position: z
      .tuple([z.number(), z.number()])
      .default([0.2, -0.14])
      .describe('x, y of its centre'),
    radius: z.number().positive().default(0.03),
    color: rgb.default([0.1, 0.6, 0.2]),
    tolerance: z
      .number()
      .positive()
      .default(0.028)
      .describe('success: the cube’s centre is nearer than this to the target’s centre'),
    shift: z.number().min(0).default(0).describe('random displacement of the target, at most'),
  })
  .prefault({});

/** A camera: optical axis from `position` through `look_at`, both in the frame of `link`. */
export const cameraSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9_]*$/, 'a lower-case name'),
  link: z.string().nullable().default(null).describe('link it is mounted on; null: the world'),
  position: vector3,
  look_at: vector3,
  up: vector3.default([0, 0, 1]).describe('direction that points up in the image'),
  fovy_deg: z.number().min(5).max(150).default(60).describe('vertical field of view'),
  width: z.int().min(8).max(1920).default(96),
  height: z.int().min(8).max(1080).default(96),
});
export type CameraConfig = z.output<typeof cameraSchema>;

const wristCamera: z.input<typeof cameraSchema> = {
  name: 'wrist',
  link: 'gripper_link',
  position: [0.0045, 0.06, -0.03],
  look_at: [0.0045, -0.005, -0.11],
  up: [0, 1, 0],
  fovy_deg: 72,
};

const frontCamera: z.input<typeof cameraSchema> = {
  name: 'front',
  position: [0.46, -0.2, 0.42],
  look_at: [0.21, -0.02, 0.01],
  fovy_deg: 38,
};

const lightSchema = z
  .strictObject({
    ambient: unit.default(0.42),
    sun: z
      .strictObject({
        direction: vector3.default([-0.35, 0.3, -0.9]).describe('the way its rays travel'),
        intensity: unit.default(0.55),
      })
      .prefault({})
      .describe('casts the hard shadows'),
    fill: z
      .strictObject({
        direction: vector3.default([-0.6, -0.5, -0.5]),
        intensity: unit.default(0.2),
      })
      .prefault({})
      .describe('a second light without shadows'),
  })
  .prefault({});

const tableSchema = z
  .strictObject({
    color: rgb.default([0.62, 0.58, 0.52]),
    checker: z.number().min(0).default(0.1).describe('edge of a checker field; 0: plain'),
    contrast: unit.default(0.06).describe('brightness difference of the checker fields'),
    x: range.default([-0.25, 0.55]),
    y: range.default([-0.45, 0.45]),
    height: z
      .number()
      .default(-0.0024)
      .describe('z of the table top in the robot’s base frame, which is the world frame'),
  })
  .prefault({});

const variationSchema = z
  .strictObject({
    light: unit.default(0).describe('brightness changes by up to this share'),
    color: unit.default(0).describe('each colour channel changes by up to this amount'),
    home: z.number().min(0).max(0.5).default(0).describe('each start joint moves by up to this'),
  })
  .prefault({})
  .describe('what else a seed changes at reset, beside the cube');

/** The scene section of a set-up file. */
export const sceneSchema = z
  .strictObject({
    cube: cubeSchema,
    target: targetSchema,
    table: tableSchema,
    background: rgb.default([0.36, 0.4, 0.45]),
    robot_color: rgb.default([0.92, 0.76, 0.16]).describe('links without a colour in the URDF'),
    lights: lightSchema,
    cameras: z
      .array(cameraSchema)
      .default(() => [wristCamera, frontCamera].map((c) => cameraSchema.parse(c))),
    gripper_joint: z
      .string()
      .default('gripper')
      .describe('joint between the two jaws, to tell whether the cube is held'),
    home: z
      .record(z.string(), z.number())
      .default({
        shoulder_pan: 0,
        shoulder_lift: -1,
        elbow_flex: 0.4,
        wrist_flex: 1.5,
        wrist_roll: 0,
        gripper: 0.6,
      })
      .describe('joint positions at reset (default: home of config/so101.yaml); others start at 0'),
    variation: variationSchema,
  })
  .prefault({});
export type SceneConfig = z.output<typeof sceneSchema>;
