/** An arm of three's objects from the robot's model: links as merged meshes, joints as turning frames. */
import * as THREE from 'three';
import { mergeGeometries } from 'three/addons/utils/BufferGeometryUtils.js';
import type { ModelJoint, ModelShape, RobotModel } from '../robot_model.js';

/** Shapes of each link, merged; shared by all arms of a model. */
export type LinkGeometries = ReadonlyMap<string, THREE.BufferGeometry>;

export function linkGeometries(model: RobotModel): LinkGeometries {
  const geometries = new Map<string, THREE.BufferGeometry>();
  for (const { name, shapes } of model.links) {
    const parts = shapes.flatMap((shape) => shapeGeometry(shape) ?? []);
    if (parts.length > 0) geometries.set(name, mergeGeometries(parts));
  }
  return geometries;
}

function shapeGeometry({ geometry, origin, color }: ModelShape): THREE.BufferGeometry | undefined {
  const made = primitive(geometry);
  if (made === undefined) return undefined;
  made.applyMatrix4(matrixOf(origin));
  const [red = 0.7, green = 0.7, blue = 0.7] = color;
  const tint = new THREE.Color().setRGB(red, green, blue, THREE.SRGBColorSpace);
  const count = made.getAttribute('position').count;
  const colours = new Float32Array(count * 3);
  for (let i = 0; i < count; i++) tint.toArray(colours, i * 3);
  made.setAttribute('color', new THREE.BufferAttribute(colours, 3));
  return made;
}

/** Meshes are not drawn: nothing is loaded beside the model. */
function primitive(geometry: ModelShape['geometry']): THREE.BufferGeometry | undefined {
  switch (geometry.type) {
    case 'box':
      return new THREE.BoxGeometry(...geometry.size);
    case 'sphere':
      return new THREE.SphereGeometry(geometry.radius, 20, 12);
    // Three's cylinders and capsules lie along y, URDF's along z.
    case 'cylinder':
      return new THREE.CylinderGeometry(
        geometry.radius,
        geometry.radius,
        geometry.length,
        24,
      ).rotateX(Math.PI / 2);
    case 'capsule':
      return new THREE.CapsuleGeometry(geometry.radius, geometry.length, 6, 16).rotateX(
        Math.PI / 2,
      );
    default:
      return undefined;
  }
}

function matrixOf({ xyz, rpy }: ModelShape['origin']): THREE.Matrix4 {
  // Fixed-axis roll, pitch, yaw is turning about the moving z, then y, then x.
  const turn = new THREE.Quaternion().setFromEuler(new THREE.Euler(...rpy, 'ZYX'));
  return new THREE.Matrix4().compose(new THREE.Vector3(...xyz), turn, new THREE.Vector3(1, 1, 1));
}

interface Moving {
  readonly frame: THREE.Object3D;
  readonly axis: THREE.Vector3;
  readonly slides: boolean;
  /** Index in the joint vector; multiplier and offset of a joint that follows it. */
  readonly index: number;
  readonly multiplier: number;
  readonly offset: number;
}

/** One arm; `setJoints` moves it. */
export class ArmMesh {
  readonly root = new THREE.Group();
  readonly #links = new Map<string, THREE.Object3D>();
  readonly #moving: Moving[] = [];
  readonly #tool: THREE.Object3D;

  /** Without a material the arm has no shapes and only tells where its tool is. */
  constructor(model: RobotModel, geometries?: LinkGeometries, material?: THREE.Material) {
    const rootLink = new THREE.Group();
    this.#links.set(model.root, rootLink);
    for (const joint of model.tree) this.#hang(joint, model);
    for (const [name, frame] of this.#links) {
      const geometry = geometries?.get(name);
      if (geometry !== undefined && material !== undefined) {
        frame.add(new THREE.Mesh(geometry, material));
      }
    }
    this.#tool = this.#links.get(model.tool) ?? rootLink;
    // Poses are given in the base link's frame.
    rootLink.updateMatrixWorld(true);
    const base = this.#links.get(model.base) ?? rootLink;
    this.root.applyMatrix4(base.matrixWorld.clone().invert());
    this.root.add(rootLink);
  }

  /** Moves to joint positions in the model's order, rad. */
  setJoints(q: ArrayLike<number>): void {
    for (const { frame, axis, slides, index, multiplier, offset } of this.#moving) {
      const value = multiplier * (q[index] ?? 0) + offset;
      if (slides) frame.position.copy(axis).multiplyScalar(value);
      else frame.quaternion.setFromAxisAngle(axis, value);
    }
  }

  /** Where the tool is at the joints set last, in the base frame. */
  toolPosition(out: THREE.Vector3): THREE.Vector3 {
    this.#tool.updateWorldMatrix(true, false);
    return out.setFromMatrixPosition(this.#tool.matrixWorld);
  }

  toolPose(position: THREE.Vector3, quaternion: THREE.Quaternion): void {
    this.#tool.updateWorldMatrix(true, false);
    this.#tool.matrixWorld.decompose(position, quaternion, new THREE.Vector3());
  }

  #hang(joint: ModelJoint, model: RobotModel): void {
    const place = new THREE.Group();
    place.applyMatrix4(matrixOf(joint.origin));
    const frame = new THREE.Group();
    place.add(frame);
    this.#links.get(joint.parent)?.add(place);
    this.#links.set(joint.child, frame);
    if (joint.type === 'fixed') return;
    const { mimic } = joint;
    const index = model.joints.findIndex(({ name }) => name === (mimic?.joint ?? joint.name));
    if (index < 0) return;
    this.#moving.push({
      frame,
      axis: new THREE.Vector3(...joint.axis),
      slides: joint.type === 'prismatic',
      index,
      multiplier: mimic?.multiplier ?? 1,
      offset: mimic?.offset ?? 0,
    });
  }
}
