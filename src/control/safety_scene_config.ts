/**
 * Shapes in the `safety` section of a set-up file: the workspace of the tools and the scene around
 * the robot, in its base frame, and their plain form for the filter.
 */
import { z } from 'zod';
import type { SceneShape } from '../description/collision_types.js';
import { unit } from './workspace.js';

const vector = z.tuple([z.number(), z.number(), z.number()]);
const size = z.number().positive();
const name = z.string().min(1).describe('for diagnostics');
const normal = vector
  .refine((n) => Math.hypot(...n) > 1e-6, 'a direction')
  .describe('points to the side that is allowed; of any length');
const offset = z.number().describe('m along the normal, from the base to the plane');

const halfSpace = z.strictObject({ name, normal, offset });

const box = z
  .strictObject({
    min: vector.describe('lowest x, y, z, m'),
    max: vector.describe('highest x, y, z, m'),
  })
  .superRefine(({ min, max }, context) => {
    for (const i of [0, 1, 2] as const) {
      if (min[i] < max[i]) continue;
      context.addIssue({ code: 'custom', path: ['max', i], message: `above min (${min[i]})` });
    }
  });

export const workspaceSchema = z
  .strictObject({
    box: box.optional(),
    half_spaces: z.array(halfSpace).default([]).describe('further planes, beside the box'),
  })
  .prefault({});

const links = z
  .array(z.string().min(1))
  .min(1)
  .optional()
  .describe('the links that must not meet it; all moving ones if absent');

export const sceneSchema = z
  .array(
    z.discriminatedUnion('type', [
      z.strictObject({
        name,
        type: z
          .literal('half_space')
          .describe('a plane that the robot stays on one side of, or a body'),
        normal,
        offset,
        links,
      }),
      z.strictObject({
        name,
        type: z.literal('box'),
        center: vector.describe('m'),
        size: z.tuple([size, size, size]).describe('lengths of the edges, m'),
        rpy: vector.default([0, 0, 0]).describe('fixed-axis roll, pitch, yaw, rad'),
        links,
      }),
      z.strictObject({
        name,
        type: z.literal('sphere'),
        center: vector.describe('m'),
        radius: size.describe('m'),
        links,
      }),
    ]),
  )
  .superRefine((shapes, context) => {
    shapes.forEach((shape, i) => {
      if (shapes.findIndex((other) => other.name === shape.name) === i) return;
      context.addIssue({ code: 'custom', path: [i, 'name'], message: 'each name once' });
    });
  })
  .default([]);

/** The shapes as the collision model takes them. */
export function sceneShapes(scene: z.output<typeof sceneSchema>): SceneShape[] {
  return scene.map(({ links: only, ...shape }) => ({
    ...shape,
    ...('normal' in shape ? { normal: unit(shape.normal) } : {}),
    ...(only === undefined ? {} : { links: only }),
  })) as SceneShape[];
}
