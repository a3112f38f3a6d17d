/** Reads a world file for the tests: elements by name, and the poses that SDF says they have. */
import { XMLParser } from 'fast-xml-parser';
import { multiply, setRotation } from '../../../src/description/transform.js';
import { matrixOfPose, type SdfPose } from '../../../src/simulation/gazebo_world/pose.js';

/** An element: attributes are `@name`, text is `#text`, everything else is a list of elements. */
export interface Node {
  readonly [name: string]: unknown;
}

export function parseWorld(text: string): Node {
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    alwaysCreateTextNode: true,
    parseTagValue: false,
    isArray: (_name, _path, _leaf, isAttribute) => !isAttribute,
  });
  return child(child(parser.parse(text) as Node, 'sdf'), 'world');
}

export function children(node: Node, name: string): Node[] {
  return (node[name] as Node[] | undefined) ?? [];
}

export function child(node: Node, name: string): Node {
  const [first] = children(node, name);
  if (first === undefined) throw new Error(`no <${name}>`);
  return first;
}

/** The element `kind` that is called `name`. */
export function named(node: Node, kind: string, name: string): Node {
  const found = children(node, kind).find((entry) => entry['@name'] === name);
  if (found === undefined) throw new Error(`no <${kind} name="${name}">`);
  return found;
}

export function text(node: Node, ...path: string[]): string {
  let at = node;
  for (const name of path) at = child(at, name);
  return String(at['#text']);
}

export function numbers(node: Node, ...path: string[]): number[] {
  return text(node, ...path)
    .split(/\s+/)
    .map(Number);
}

function poseIn(node: Node): { matrix: Float64Array; frame: string | undefined } {
  const [pose] = children(node, 'pose');
  if (pose === undefined) return { matrix: matrixOfPose([0, 0, 0, 0, 0, 0]), frame: undefined };
  const values = String(pose['#text']).split(/\s+/).map(Number);
  return {
    matrix: matrixOfPose(values as unknown as SdfPose),
    frame: pose['@relative_to'] as string | undefined,
  };
}

function times(a: Float64Array, b: Float64Array): Float64Array {
  const out = new Float64Array(16);
  multiply(a, 0, b, 0, out, 0);
  return out;
}

/** Pose (4×4) of an element in its parent, as written. */
export function localPose(node: Node): Float64Array {
  return poseIn(node).matrix;
}

/**
 * Forward kinematics of a model as SDF defines them: a link's pose is relative to the frame that it
 * names, a joint stands at its child link and turns it about the axis, given in the joint's frame.
 *
 * @returns 4×4 pose of every link and frame in the model
 */
export function modelPoses(
  model: Node,
  q: Readonly<Record<string, number>>,
): Map<string, Float64Array> {
  const links = children(model, 'link');
  const frames = children(model, 'frame');
  const moving = new Map(
    children(model, 'joint')
      .filter((joint) => joint['@type'] !== 'fixed')
      .map((joint) => [text(joint, 'child'), joint]),
  );
  const poses = new Map<string, Float64Array>();
  const place = (name: string): Float64Array => {
    const known = poses.get(name);
    if (known !== undefined) return known;
    const frame = frames.find((entry) => entry['@name'] === name);
    const node = frame ?? links.find((entry) => entry['@name'] === name);
    if (node === undefined) throw new Error(`no link or frame "${name}"`);
    const { matrix, frame: relative } = poseIn(node);
    const parent = relative ?? (frame?.['@attached_to'] as string | undefined);
    let pose = parent === undefined ? matrix : times(place(parent), matrix);
    const joint = moving.get(name);
    if (joint !== undefined) {
      const [x = 0, y = 0, z = 0] = numbers(joint, 'axis', 'xyz');
      const turn = new Float64Array(16);
      setRotation(turn, 0, x, y, z, q[String(joint['@name'])] ?? 0);
      pose = times(pose, turn);
    }
    poses.set(name, pose);
    return pose;
  };
  for (const { '@name': name } of [...links, ...frames]) place(String(name));
  return poses;
}
