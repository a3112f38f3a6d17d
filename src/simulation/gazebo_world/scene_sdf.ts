/** Table, target, cube, lights and cameras that stand in the world. */
import { SinewError } from '../../core/error.js';
import type { Geometry, Shape, Vector3 } from '../../description/robot_description.js';
import type { SceneConfig } from '../scene_config.js';
import { cameraSensor } from './camera_sdf.js';
import { element, value, type Xml } from './element.js';
import type { Dialect } from './flavour.js';
import { CUBE_MODEL, cameraModel, TARGET_MODEL } from './names.js';
import { poseElement } from './pose.js';
import { collision, geometry, material, visual } from './shape_sdf.js';

/** The table goes this far down, m, so that nothing is pushed through it. */
const TABLE_THICKNESS = 0.1;
/** Fields of the checker pattern are plates of this thickness, m. */
const FIELD_THICKNESS = 0.01;
/** As the ray caster draws it: a disc a little above the table, m. */
const DISC_HEIGHT = 0.0004;

function shapeOf(size: Geometry, xyz: Vector3, color?: Vector3): Shape {
  const rgba = color === undefined ? undefined : ([...color, 1] as const);
  return { name: undefined, origin: { xyz, rpy: [0, 0, 0] }, geometry: size, color: rgba };
}

/** The table with its checker pattern; objects rest on it at `table.height`. */
export function tableModel({ table, cube }: SceneConfig): Xml {
  const [width, depth] = [table.x[1] - table.x[0], table.y[1] - table.y[0]];
  const center: Vector3 = [(table.x[0] + table.x[1]) / 2, (table.y[0] + table.y[1]) / 2, 0];
  const plate = shapeOf({ type: 'box', size: [width, depth, TABLE_THICKNESS] }, [
    0,
    0,
    -TABLE_THICKNESS / 2,
  ]);
  return element(
    'model',
    { name: 'table' },
    value('static', true),
    poseElement([center[0], center[1], table.height, 0, 0, 0]),
    element(
      'link',
      { name: 'table' },
      collision(plate, 'table', { table: true, friction: cube.friction }),
      ...fields(width, depth, table),
    ),
  );
}

/** One plate a field, cut at the table's edge. Fields are counted from the table's middle. */
function fields(width: number, depth: number, table: SceneConfig['table']): Xml[] {
  const { checker, color, contrast } = table;
  const plates: Xml[] = [];
  const edge = checker > 0 ? checker : Math.max(width, depth);
  const steps = (length: number): [number, number, number][] => {
    const cuts: [number, number, number][] = [];
    for (let i = Math.floor(-length / 2 / edge + 1e-9); i * edge < length / 2 - 1e-9; i++) {
      cuts.push([i, Math.max(i * edge, -length / 2), Math.min((i + 1) * edge, length / 2)]);
    }
    return cuts;
  };
  for (const [i, x0, x1] of steps(width)) {
    for (const [j, y0, y1] of steps(depth)) {
      const dark = checker > 0 && ((i + j) & 1) !== 0;
      const [red, green, blue] = color.map((c) => (dark ? c * (1 - contrast) : c));
      const size: Vector3 = [x1 - x0, y1 - y0, FIELD_THICKNESS];
      const center: Vector3 = [(x0 + x1) / 2, (y0 + y1) / 2, -FIELD_THICKNESS / 2];
      const shade: Vector3 = [red ?? 0, green ?? 0, blue ?? 0];
      plates.push(visual(shapeOf({ type: 'box', size }, center), `field_${plates.length}`, shade));
    }
  }
  return plates;
}

/** The flat disc on which the cube belongs: nothing collides with it. */
export function targetModel({ target, table }: SceneConfig): Xml {
  const disc: Geometry = { type: 'cylinder', radius: target.radius, length: DISC_HEIGHT };
  return element(
    'model',
    { name: TARGET_MODEL },
    value('static', true),
    poseElement([...target.position, table.height + DISC_HEIGHT / 2, 0, 0, 0]),
    element(
      'link',
      { name: TARGET_MODEL },
      element('visual', { name: TARGET_MODEL }, geometry(disc), material(target.color)),
    ),
  );
}

/** @param plugins what the model loads */
export function cubeModel({ cube, table }: SceneConfig, plugins: readonly Xml[] = []): Xml {
  const { size, mass, friction, region, color } = cube;
  const box: Geometry = { type: 'box', size: [size, size, size] };
  const moment = (mass * size * size) / 6;
  const [x, y] = [region.x, region.y].map(([low, high]) => (low + high) / 2);
  return element(
    'model',
    { name: CUBE_MODEL },
    poseElement([x ?? 0, y ?? 0, table.height + size / 2, 0, 0, 0]),
    element(
      'link',
      { name: CUBE_MODEL },
      element(
        'inertial',
        {},
        value('mass', mass),
        element(
          'inertia',
          {},
          ...['ixx', 'iyy', 'izz'].map((name) => value(name, moment)),
          ...['ixy', 'ixz', 'iyz'].map((name) => value(name, 0)),
        ),
      ),
      collision(shapeOf(box, [0, 0, 0]), CUBE_MODEL, { friction, patch: size / 4 }),
      visual(shapeOf(box, [0, 0, 0]), CUBE_MODEL, color),
    ),
    ...plugins,
  );
}

/** Cameras that hang in the world, each in a model of its own. */
export function cameraModels(
  scene: SceneConfig,
  links: ReadonlyMap<string, unknown>,
  rate: number,
  dialect: Dialect,
): Xml[] {
  return scene.cameras.flatMap((camera) => {
    if (camera.link !== null) {
      if (links.has(camera.link)) return [];
      throw new SinewError(`the robot has no link "${camera.link}"`, {
        where: `camera ${camera.name}`,
        expected: `null or one of ${[...links.keys()].join(', ')}`,
      });
    }
    const name = cameraModel(camera.name);
    return element(
      'model',
      { name },
      value('static', true),
      element('link', { name }, cameraSensor(camera, rate, dialect)),
    );
  });
}

/**
 * The scene's lights. Its ambient light is a little brighter from above than from below: in a world
 * file that difference is a weak third light straight from above.
 */
export function lights({ lights: { ambient, sun, fill } }: SceneConfig, shadows: boolean): Xml[] {
  return [
    directional('sun', sun.direction, sun.intensity, shadows),
    directional('fill', fill.direction, fill.intensity, false),
    directional('above', [0, 0, -1], ambient * 0.2, false),
  ];
}

function directional(name: string, direction: Vector3, intensity: number, shadows: boolean): Xml {
  const length = Math.hypot(...direction);
  return element(
    'light',
    { name, type: 'directional' },
    poseElement([0, 0, 3, 0, 0, 0]),
    value('cast_shadows', shadows),
    value('diffuse', [intensity, intensity, intensity, 1]),
    value('specular', [0, 0, 0, 1]),
    value(
      'direction',
      direction.map((c) => c / length),
    ),
  );
}

/** Ambient light, sky and shadows. */
export function sceneElement(scene: SceneConfig, shadows: boolean): Xml {
  const ambient = scene.lights.ambient * 0.8;
  return element(
    'scene',
    {},
    value('ambient', [ambient, ambient, ambient, 1]),
    value('background', [...scene.background, 1]),
    value('shadows', shadows),
    value('grid', false),
    value('origin_visual', false),
  );
}
