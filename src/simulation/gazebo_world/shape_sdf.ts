/** Visual and collision shapes with matt materials, which reflect as the ray caster's do. */
import type { Geometry, Shape, Vector3 } from '../../description/robot_description.js';
import { element, value, type Xml } from './element.js';
import { poseElement, poseOf } from './pose.js';

/** What a collision takes part in: the root of the robot stands on the table and is fixed to it. */
const MASK = { everything: 0xffff, notTable: 0xfffe, table: 0x0001 } as const;

export interface Contact {
  /** True for what is fixed to the world: it meets anything but the table. */
  readonly fixed?: boolean;
  /** True for the table itself. */
  readonly table?: boolean;
  /** Sliding friction coefficient; the smaller one of a pair counts. */
  readonly friction: number;
  /** Torsional friction: radius of the contact patch, m. */
  readonly patch?: number;
}

export function visual(
  shape: Shape,
  name: string,
  fallback: readonly [number, number, number],
): Xml {
  const [red, green, blue] = shape.color ?? fallback;
  return element(
    'visual',
    { name },
    poseElement(poseOf(shape.origin)),
    geometry(shape.geometry),
    material([red, green, blue]),
  );
}

export function collision(shape: Shape, name: string, contact: Contact): Xml {
  return element(
    'collision',
    { name },
    poseElement(poseOf(shape.origin)),
    geometry(shape.geometry),
    surface(contact),
  );
}

/** Without shine: colour times light. */
export function material(color: Vector3): Xml {
  const rgba = [...color, 1];
  return element(
    'material',
    {},
    value('ambient', rgba),
    value('diffuse', rgba),
    value('specular', [0, 0, 0, 1]),
    value('emissive', [0, 0, 0, 1]),
  );
}

/** Friction and contact stiffness; what a Gazebo's engine does not know, it leaves alone. */
export function surface({ fixed, table, friction, patch }: Contact): Xml {
  const mask = table ? MASK.table : fixed ? MASK.notTable : MASK.everything;
  return element(
    'surface',
    {},
    element(
      'friction',
      {},
      element('ode', {}, value('mu', friction), value('mu2', friction)),
      patch === undefined
        ? undefined
        : element(
            'torsional',
            {},
            value('coefficient', friction),
            value('use_patch_radius', true),
            value('patch_radius', patch),
          ),
    ),
    element(
      'contact',
      {},
      value('collide_bitmask', mask),
      element(
        'ode',
        {},
        value('kp', 1e5),
        value('kd', 100),
        value('max_vel', 0.05),
        value('min_depth', 0.0002),
      ),
    ),
  );
}

export function geometry(shape: Geometry): Xml {
  switch (shape.type) {
    case 'box':
      return element('geometry', {}, element('box', {}, value('size', [...shape.size])));
    case 'sphere':
      return element('geometry', {}, element('sphere', {}, value('radius', shape.radius)));
    case 'cylinder':
    case 'capsule': {
      const size = [value('radius', shape.radius), value('length', shape.length)];
      return element('geometry', {}, element(shape.type, {}, ...size));
    }
    case 'mesh': {
      const { filename, scale } = shape;
      const parts = [value('uri', filename), value('scale', [...scale])];
      return element('geometry', {}, element('mesh', {}, ...parts));
    }
  }
}
