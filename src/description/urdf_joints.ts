/** URDF joints: type, frames, axis, limits, dynamics and mimicry. */
import type { Joint, JointType, UrdfLimit, Vector3 } from './robot_description.js';
import { describe, type UrdfValues } from './urdf_values.js';
import type { XmlElement } from './xml_document.js';

const TYPES: readonly string[] = ['revolute', 'continuous', 'prismatic', 'fixed'];

export function readJoint(element: XmlElement, read: UrdfValues): Joint {
  const name = read.text(element, 'name');
  const type = read.text(element, 'type');
  if (!isJointType(type)) {
    throw read.fail(element, `joint "${name}" is of type "${type}"`, `one of ${TYPES.join(', ')}`);
  }
  const dynamics = read.child(element, 'dynamics');
  return {
    name,
    type,
    parent: read.text(read.needChild(element, 'parent'), 'link'),
    child: read.text(read.needChild(element, 'child'), 'link'),
    origin: read.origin(element),
    axis: type === 'fixed' ? [1, 0, 0] : readAxis(element, read),
    limit: readLimit(element, type, read),
    damping: dynamics === undefined ? 0 : read.number(dynamics, 'damping', 0),
    friction: dynamics === undefined ? 0 : read.number(dynamics, 'friction', 0),
    // Some files mark a joint as fixed and leave the coupling it once had.
    mimic: type === 'fixed' ? undefined : readMimic(element, read),
    line: element.line,
  };
}

function isJointType(type: string): type is JointType {
  return TYPES.includes(type);
}

/** The unit axis; URDF's default is x. */
function readAxis(element: XmlElement, read: UrdfValues): Vector3 {
  const axis = read.child(element, 'axis');
  if (axis === undefined) return [1, 0, 0];
  const [x, y, z] = read.vector(axis, 'xyz');
  const length = Math.hypot(x, y, z);
  if (length < 1e-9 || !Number.isFinite(length)) {
    throw read.fail(axis, `axis "${x} ${y} ${z}" of ${describe(element)}`, 'a direction');
  }
  return [x / length, y / length, z / length];
}

function readLimit(element: XmlElement, type: JointType, read: UrdfValues): UrdfLimit | undefined {
  if (type === 'fixed') return undefined;
  const limit = read.child(element, 'limit');
  if (limit === undefined) {
    if (type === 'continuous') return undefined;
    throw read.fail(element, `${describe(element)} (${type}) has no <limit>`);
  }
  const velocity = read.positive(limit, 'velocity', false);
  const effort = read.positive(limit, 'effort', false);
  if (type === 'continuous') return { lower: undefined, upper: undefined, velocity, effort };
  const lower = read.number(limit, 'lower');
  const upper = read.number(limit, 'upper');
  if (lower >= upper) {
    throw read.fail(
      limit,
      `limits of ${describe(element)} are inverted: lower ${lower}, upper ${upper}`,
      'lower below upper',
    );
  }
  return { lower, upper, velocity, effort };
}

function readMimic(element: XmlElement, read: UrdfValues): Joint['mimic'] {
  const mimic = read.child(element, 'mimic');
  if (mimic === undefined) return undefined;
  return {
    joint: read.text(mimic, 'joint'),
    multiplier: read.number(mimic, 'multiplier', 1),
    offset: read.number(mimic, 'offset', 0),
  };
}
