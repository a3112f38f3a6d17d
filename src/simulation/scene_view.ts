/**
 * Joins physics and renderer: which shape is drawn where. Fills snapshots: from body poses of the
 * physics to poses of shapes and cameras.
 */
import { SinewError } from '../core/error.js';
import type { Geometry, RobotDescription, Shape } from '../description/robot_description.js';
import { composePoses, opticalPose } from './camera_model.js';
import { CUBE_BODY } from './mjcf.js';
import type { Physics } from './mujoco.js';
import {
  POSE,
  type RenderScene,
  type RenderShape,
  type SnapshotLayout,
  snapshotLayout,
} from './render_scene.js';
import { poseFromOrigin } from './rotation.js';
import type { SceneConfig } from './scene_config.js';
import type { SceneDraw } from './scene_random.js';

/** The colours of a `SceneDraw` in groups: cube, target, table, robot. */
type ColorGroup = 0 | 1 | 2 | 3;

interface Placed {
  readonly shape: RenderShape;
  /** Link or cube body that carries it; undefined: the world. */
  readonly body: string | undefined;
  readonly local: Float64Array;
  readonly group: ColorGroup;
}

/** The target disc is drawn a little above the table (m), so that it covers it. */
const DISC_HEIGHT = 0.0004;

export class SceneView {
  readonly scene: RenderScene;
  readonly layout: SnapshotLayout;
  readonly #placed: readonly Placed[];
  readonly #bodies: Int32Array;
  readonly #cameraBodies: Int32Array;
  readonly #cameraLocal: readonly Float64Array[];
  readonly #body = new Float64Array(POSE);
  readonly #target: number;
  #colors: Float64Array;
  #light = 1;

  constructor(robot: RobotDescription, config: SceneConfig, physics: Physics) {
    const placed = [...furniture(config), ...robotShapes(robot, config)];
    this.#placed = placed;
    this.#target = placed.findIndex((p) => p.shape.name === 'target');
    this.scene = {
      shapes: placed.map((p) => p.shape),
      cameras: config.cameras,
      lights: config.lights,
      background: config.background,
      contrast: config.table.contrast,
    };
    this.layout = snapshotLayout(placed.length, config.cameras.length);
    const id = (body: string | undefined): number =>
      body === undefined ? -1 : physics.id('body', body);
    this.#bodies = Int32Array.from(placed, (p) => id(p.body));
    this.#cameraBodies = Int32Array.from(config.cameras, (camera) => {
      if (camera.link !== null && !robot.links.has(camera.link)) {
        throw new SinewError(`the robot has no link "${camera.link}"`, {
          where: `camera ${camera.name}`,
          expected: `null or one of ${[...robot.links.keys()].join(', ')}`,
        });
      }
      return id(camera.link ?? undefined);
    });
    this.#cameraLocal = config.cameras.map(opticalPose);
    this.#colors = Float64Array.from(placed.flatMap((p) => p.shape.color));
  }

  /** Takes over what a seed decided about the looks. */
  setDraw(draw: SceneDraw): void {
    this.#light = draw.light;
    this.#colors = Float64Array.from(
      this.#placed.flatMap(({ shape, group }) =>
        shape.color.map((value, channel) => {
          const shifted = value + (draw.colorShift[group * 3 + channel] ?? 0);
          return Math.min(1, Math.max(0, shifted));
        }),
      ),
    );
    this.#placed[this.#target]?.local.set(draw.target);
  }

  /** Writes how everything stands now; body poses must be up to date. */
  fill(physics: Physics, out: Float64Array): void {
    const { xpos, xmat } = physics.views;
    const load = (body: number): Float64Array => {
      for (let i = 0; i < 3; i++) this.#body[i] = xpos[body * 3 + i] as number;
      for (let i = 0; i < 9; i++) this.#body[3 + i] = xmat[body * 9 + i] as number;
      return this.#body;
    };
    const put = (body: number, local: Float64Array, at: number): void => {
      if (body < 0) out.set(local, at);
      else composePoses(load(body), local, out, at);
    };
    for (const [i, placed] of this.#placed.entries()) {
      put(this.#bodies[i] as number, placed.local, i * POSE);
    }
    for (const [i, local] of this.#cameraLocal.entries()) {
      put(this.#cameraBodies[i] as number, local, this.layout.cameras + i * POSE);
    }
    out.set(this.#colors, this.layout.colors);
    out[this.layout.light] = this.#light;
  }
}

function furniture(config: SceneConfig): Placed[] {
  const { table, cube, target } = config;
  const half = cube.size / 2;
  const at = (x: number, y: number, z: number): Float64Array =>
    poseFromOrigin({ xyz: [x, y, z], rpy: [0, 0, 0] });
  return [
    {
      shape: {
        name: 'table',
        type: 'rectangle',
        size: [(table.x[1] - table.x[0]) / 2, (table.y[1] - table.y[0]) / 2, 0],
        color: table.color,
        castsShadow: false,
        checker: table.checker,
      },
      body: undefined,
      local: at((table.x[0] + table.x[1]) / 2, (table.y[0] + table.y[1]) / 2, table.height),
      group: 2,
    },
    {
      shape: {
        name: 'target',
        type: 'cylinder',
        size: [target.radius, DISC_HEIGHT / 2, 0],
        color: target.color,
        castsShadow: false,
        checker: 0,
      },
      body: undefined,
      local: at(...target.position, table.height + DISC_HEIGHT / 2),
      group: 1,
    },
    {
      shape: {
        name: 'cube',
        type: 'box',
        size: [half, half, half],
        color: cube.color,
        castsShadow: true,
        checker: 0,
      },
      body: CUBE_BODY,
      local: at(0, 0, 0),
      group: 0,
    },
  ];
}

/** The visual shapes of all links; a link without visuals shows its collision shapes. */
function robotShapes(robot: RobotDescription, config: SceneConfig): Placed[] {
  return [...robot.links.values()].flatMap((link) => {
    const shapes = link.visuals.length > 0 ? link.visuals : link.collisions;
    return shapes.map((shape, i): Placed => {
      const [type, size] = drawn(shape.geometry, link.name);
      return {
        shape: {
          name: `${link.name}/${shape.name ?? i}`,
          type,
          size,
          color: colorOf(shape, config),
          castsShadow: true,
          checker: 0,
        },
        body: link.name,
        local: poseFromOrigin(shape.origin),
        group: 3,
      };
    });
  });
}

function colorOf(shape: Shape, config: SceneConfig): readonly [number, number, number] {
  if (shape.color === undefined) return config.robot_color;
  const [red, green, blue] = shape.color;
  return [red, green, blue];
}

function drawn(
  geometry: Geometry,
  link: string,
): [RenderShape['type'], readonly [number, number, number]] {
  switch (geometry.type) {
    case 'box': {
      const [x, y, z] = geometry.size;
      return ['box', [x / 2, y / 2, z / 2]];
    }
    case 'cylinder':
    case 'capsule':
      return [geometry.type, [geometry.radius, geometry.length / 2, 0]];
    case 'sphere':
      return ['sphere', [geometry.radius, 0, 0]];
    case 'mesh':
      throw new SinewError(`link "${link}" has a mesh for a visual`, {
        where: 'simulator',
        expected: 'primitive shapes',
      });
  }
}
