/** URDF links: inertia, visual and collision shapes, materials. */
import type { Geometry, Inertial, Link, Shape } from './robot_description.js';
import { describe, type UrdfValues } from './urdf_values.js';
import type { XmlElement } from './xml_document.js';

type Color = readonly [number, number, number, number];
/** Colours of the materials that the robot declares for all its links. */
export type Materials = ReadonlyMap<string, Color>;

export function readLink(element: XmlElement, materials: Materials, read: UrdfValues): Link {
  const shapes = (kind: string) =>
    element.children
      .filter((child) => child.name === kind)
      .map((child) => readShape(child, materials, read));
  const inertial = read.child(element, 'inertial');
  return {
    name: read.text(element, 'name'),
    inertial: inertial === undefined ? undefined : readInertial(inertial, read),
    visuals: shapes('visual'),
    collisions: shapes('collision'),
    line: element.line,
  };
}

/** Materials declared directly under `<robot>`. */
export function readMaterials(robot: XmlElement, read: UrdfValues): Materials {
  const materials = new Map<string, Color>();
  for (const element of robot.children) {
    if (element.name !== 'material') continue;
    const color = readColor(element, materials, read);
    if (color !== undefined) materials.set(read.text(element, 'name'), color);
  }
  return materials;
}

function readShape(element: XmlElement, materials: Materials, read: UrdfValues): Shape {
  const material = read.child(element, 'material');
  return {
    name: element.attributes.get('name'),
    origin: read.origin(element),
    geometry: readGeometry(read.needChild(element, 'geometry'), read),
    color: material === undefined ? undefined : readColor(material, materials, read),
  };
}

function readColor(element: XmlElement, materials: Materials, read: UrdfValues): Color | undefined {
  const color = read.child(element, 'color');
  if (color === undefined) return materials.get(element.attributes.get('name') ?? '');
  const [r = 0, g = 0, b = 0, a = 1] = read.numbers(color, 'rgba', 4);
  return [r, g, b, a];
}

function readGeometry(element: XmlElement, read: UrdfValues): Geometry {
  const [shape, second] = element.children;
  if (shape === undefined || second !== undefined) {
    throw read.fail(element, `<geometry> holds ${element.children.length} shapes`, 'one');
  }
  switch (shape.name) {
    case 'box': {
      const size = read.vector(shape, 'size');
      if (Math.min(...size) <= 0) {
        throw read.fail(shape, `box size ${size.join(' ')}`, 'three numbers above 0');
      }
      return { type: 'box', size };
    }
    case 'cylinder':
    case 'capsule':
      return {
        type: shape.name,
        radius: read.positive(shape, 'radius', true),
        length: read.positive(shape, 'length', true),
      };
    case 'sphere':
      return { type: 'sphere', radius: read.positive(shape, 'radius', true) };
    case 'mesh':
      return {
        type: 'mesh',
        filename: read.text(shape, 'filename'),
        scale: read.vector(shape, 'scale', [1, 1, 1]),
      };
    default:
      throw read.fail(
        shape,
        `unknown shape ${describe(shape)}`,
        'box, cylinder, capsule, sphere or mesh',
      );
  }
}

function readInertial(element: XmlElement, read: UrdfValues): Inertial {
  const inertia = read.needChild(element, 'inertia');
  return {
    origin: read.origin(element),
    mass: read.positive(read.needChild(element, 'mass'), 'value', false),
    inertia: {
      ixx: read.positive(inertia, 'ixx', false),
      iyy: read.positive(inertia, 'iyy', false),
      izz: read.positive(inertia, 'izz', false),
      ixy: read.number(inertia, 'ixy', 0),
      ixz: read.number(inertia, 'ixz', 0),
      iyz: read.number(inertia, 'iyz', 0),
    },
  };
}
