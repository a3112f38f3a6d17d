/**
 * What is drawn of the arm: where it is, where the coming chunk leads, what the filter made of it, what
 * is near, and the handle at the tool. Lives in the worker.
 */
import * as THREE from 'three';
import { TransformControls } from 'three/addons/controls/TransformControls.js';
import type { ChunkMessage } from '../protocol.js';
import type { RobotModel } from '../robot_model.js';
import { ArmMesh, linkGeometries } from './arm_mesh.js';
import type { ArmColours, ArmFrame, HandleLook } from './arm_messages.js';
import { armCamera, HANDLE_SIZE } from './arm_optics.js';
import { PathLine } from './path_line.js';
import { sceneShapes } from './scene_shapes.js';

const CHUNK_POINTS = 256;
const TRAIL_POINTS = 400;
const NEAR_POINTS = 10;

export class ArmScene {
  readonly scene = new THREE.Scene();
  readonly camera = armCamera();
  readonly #arm: ArmMesh;
  readonly #ghost: ArmMesh;
  readonly #probe: ArmMesh;
  readonly #ghostMaterial: THREE.MeshLambertMaterial;
  readonly #chunkPath = new PathLine(CHUNK_POINTS);
  readonly #policyTrail = new PathLine(TRAIL_POINTS);
  readonly #commandedTrail = new PathLine(TRAIL_POINTS);
  readonly #near = new PathLine(NEAR_POINTS, true);
  readonly #handle = new THREE.Object3D();
  readonly #controls: TransformControls;
  readonly #point = new THREE.Vector3();
  readonly #joints: number;

  constructor(model: RobotModel) {
    this.#joints = model.joints.length;
    const geometries = linkGeometries(model);
    this.#ghostMaterial = new THREE.MeshLambertMaterial({
      transparent: true,
      opacity: 0.28,
      depthWrite: false,
    });
    const solid = new THREE.MeshLambertMaterial({ vertexColors: true });
    this.#arm = new ArmMesh(model, geometries, solid);
    this.#ghost = new ArmMesh(model, geometries, this.#ghostMaterial);
    this.#probe = new ArmMesh(model);
    this.#ghost.root.visible = false;
    const sun = new THREE.DirectionalLight(0xffffff, 2.2);
    sun.position.set(0.6, -0.8, 1.4);
    const fill = new THREE.DirectionalLight(0xffffff, 0.7);
    fill.position.set(-1, 0.7, 0.5);
    this.#controls = new TransformControls(this.camera, null);
    this.#controls.setSize(HANDLE_SIZE);
    this.#controls.attach(this.#handle);
    this.#controls.getHelper().visible = false;
    this.scene.add(
      sceneShapes(model.scene),
      this.#arm.root,
      this.#ghost.root,
      this.#chunkPath.line,
      this.#policyTrail.line,
      this.#commandedTrail.line,
      this.#near.line,
      this.#handle,
      this.#controls.getHelper(),
      ...[sun, fill, new THREE.AmbientLight(0xffffff, 0.9)],
    );
  }

  /** Takes what has changed. */
  apply({ eye, turn, size, colours, joints, chunk, trails, near, handle }: ArmFrame): void {
    this.camera.position.fromArray(eye);
    this.camera.quaternion.fromArray(turn);
    if (size !== undefined) {
      this.camera.aspect = size.width / size.height;
      this.camera.updateProjectionMatrix();
    }
    if (colours !== undefined) this.#colour(colours);
    if (joints !== undefined) this.#arm.setJoints(joints);
    if (chunk !== undefined) this.#setChunk(chunk);
    if (trails !== undefined) {
      this.#policyTrail.set(this.#pathOf(trails.policy), trails.policy.length);
      this.#commandedTrail.set(this.#pathOf(trails.commanded), trails.commanded.length);
    }
    if (near !== undefined) this.#near.set(Float32Array.from(near), near.length / 3);
    if (handle !== undefined) this.#setHandle(handle);
  }

  #colour({ panel, policy, commanded, bad }: ArmColours): void {
    this.scene.background = new THREE.Color(panel);
    this.#ghostMaterial.color.set(policy);
    this.#chunkPath.colour = policy;
    this.#policyTrail.colour = policy;
    this.#commandedTrail.colour = commanded;
    this.#near.colour = bad;
  }

  /** The ghost is where the chunk ends. */
  #setChunk(chunk: ChunkMessage | null): void {
    this.#ghost.root.visible = chunk !== null;
    const rows = (chunk?.times ?? []).map((_, i) =>
      (chunk?.positions ?? []).slice(i * this.#joints, (i + 1) * this.#joints),
    );
    this.#chunkPath.set(this.#pathOf(rows), rows.length);
    const last = rows.at(-1);
    if (last !== undefined) this.#ghost.setJoints(last);
  }

  #setHandle(look: HandleLook | null): void {
    this.#controls.getHelper().visible = look !== null;
    if (look === null) return;
    this.#handle.position.fromArray(look.position);
    this.#handle.quaternion.fromArray(look.quaternion);
    this.#controls.setSpace(look.space);
    this.#controls.axis = look.axis;
  }

  /** The tool's path by rows of joints. */
  #pathOf(rows: readonly (readonly number[])[]): Float32Array {
    const path = new Float32Array(rows.length * 3);
    rows.forEach((row, i) => {
      this.#probe.setJoints(row);
      this.#probe.toolPosition(this.#point).toArray(path, 3 * i);
    });
    return path;
  }
}
