/**
 * The arm in 3D: where it is, where the coming chunk leads, what the filter made of it, what is near,
 * and a handle to drag the tool by. Drawn only when something has changed.
 */
import * as THREE from 'three';
import { OrbitControls } from 'three/addons/controls/OrbitControls.js';
import type { ChunkMessage, Clearance } from '../protocol.js';
import type { RobotModel } from '../robot_model.js';
import { ArmMesh, linkGeometries } from './arm_mesh.js';
import { colour } from './dom.js';
import { PathLine } from './path_line.js';
import { sceneShapes } from './scene_shapes.js';
import { ToolHandle } from './tool_handle.js';

/** Colours of distances: nearer than these, m. */
export const NEAR_M = 0.03;
export const TOUCHING_M = 0.01;
const MOST_CLEARANCES = 5;
/** Between two drawings where the processor draws: the rest of the page needs it too, ms. */
const SOFTWARE_MS = 40;

export class ArmView {
  readonly #renderer: THREE.WebGLRenderer;
  readonly #scene = new THREE.Scene();
  readonly #camera = new THREE.PerspectiveCamera(38, 1, 0.01, 20);
  readonly #orbit: OrbitControls;
  readonly #arm: ArmMesh;
  readonly #ghost: ArmMesh;
  readonly #probe: ArmMesh;
  readonly #ghostMaterial: THREE.MeshLambertMaterial;
  readonly #chunkPath = new PathLine(256);
  readonly #policyTrail = new PathLine(400);
  readonly #commandedTrail = new PathLine(400);
  readonly #distances = new PathLine(2 * MOST_CLEARANCES, true);
  readonly #backdrop: THREE.Group;
  readonly #point = new THREE.Vector3();
  readonly #joints: number;
  readonly handle: ToolHandle;
  #chunk: { message: ChunkMessage; path: Float32Array } | undefined;
  #dirty = true;
  readonly #pause: number;
  #drawnAt = Number.NEGATIVE_INFINITY;

  constructor(host: HTMLElement, model: RobotModel, onDrag: (handle: ToolHandle) => void) {
    const software = rendersInSoftware();
    this.#pause = software ? SOFTWARE_MS : 0;
    this.#renderer = new THREE.WebGLRenderer({ antialias: !software, alpha: false });
    this.#renderer.setPixelRatio(software ? 1 : Math.min(window.devicePixelRatio, 2));
    const canvas = this.#renderer.domElement;
    canvas.tabIndex = 0;
    canvas.setAttribute('aria-label', 'Arm in 3D; drag to turn the view');
    host.prepend(canvas);
    this.#joints = model.joints.length;

    const geometries = linkGeometries(model);
    const solid = new THREE.MeshLambertMaterial({ vertexColors: true });
    this.#ghostMaterial = new THREE.MeshLambertMaterial({
      transparent: true,
      opacity: 0.28,
      depthWrite: false,
    });
    this.#arm = new ArmMesh(model, geometries, solid);
    this.#ghost = new ArmMesh(model, geometries, this.#ghostMaterial);
    this.#probe = new ArmMesh(model);
    this.#ghost.root.visible = false;
    this.#backdrop = sceneShapes(model.scene);
    this.#scene.add(
      this.#backdrop,
      this.#arm.root,
      this.#ghost.root,
      this.#chunkPath.line,
      this.#policyTrail.line,
      this.#commandedTrail.line,
      this.#distances.line,
    );
    const sun = new THREE.DirectionalLight(0xffffff, 2.2);
    sun.position.set(0.6, -0.8, 1.4);
    const fill = new THREE.DirectionalLight(0xffffff, 0.7);
    fill.position.set(-1, 0.7, 0.5);
    this.#scene.add(sun, fill, new THREE.AmbientLight(0xffffff, 0.9));

    const reach = this.#reach(model);
    this.#camera.up.set(0, 0, 1);
    this.#camera.position.set(1.45 * reach, -1.2 * reach, 1.05 * reach);
    this.#orbit = new OrbitControls(this.#camera, canvas);
    this.#orbit.target.set(0.27 * reach, 0, 0.24 * reach);
    this.#orbit.enableDamping = false;
    this.#orbit.listenToKeyEvents(canvas);
    this.#orbit.update();
    this.#orbit.addEventListener('change', () => this.touch());
    this.handle = new ToolHandle(this.#camera, canvas, this.#scene, {
      changed: () => this.touch(),
      dragging: (active) => {
        this.#orbit.enabled = !active;
      },
      moved: onDrag,
    });
    new ResizeObserver(() => this.#fit(host)).observe(host);
    this.#fit(host);
    this.recolour();
  }

  /** Takes the theme's colours. */
  recolour(): void {
    this.#scene.background = new THREE.Color(colour('panel'));
    this.#ghostMaterial.color.set(colour('policy'));
    this.#chunkPath.colour = colour('policy');
    this.#policyTrail.colour = colour('policy');
    this.#commandedTrail.colour = colour('commanded');
    this.#distances.colour = colour('bad');
    this.touch();
  }

  /** Where the arm is measured to be, rad. */
  setJoints(q: ArrayLike<number>): void {
    this.#arm.setJoints(q);
    if (!this.handle.dragging) this.#arm.toolPose(this.handle.position, this.handle.quaternion);
    this.touch();
  }

  /** The newest chunk; its ghost is where it ends. */
  setChunk(message: ChunkMessage): void {
    const path = new Float32Array(message.times.length * 3);
    message.times.forEach((_, i) => {
      this.#probe.setJoints(message.positions.slice(i * this.#joints, (i + 1) * this.#joints));
      this.#probe.toolPosition(this.#point).toArray(path, 3 * i);
    });
    this.#chunk = { message, path };
    this.#chunkPath.set(path, message.times.length);
    this.#ghost.setJoints(message.positions.slice(-this.#joints));
    this.#ghost.root.visible = true;
    this.touch();
  }

  /** Ends the ghost when its chunk is over. @param now ROS time, s */
  age(now: number): void {
    const chunk = this.#chunk;
    if (chunk === undefined) return;
    if (now < chunk.message.stamp + (chunk.message.times.at(-1) ?? 0) + 0.3) return;
    this.#chunk = undefined;
    this.#ghost.root.visible = false;
    this.#chunkPath.set(new Float32Array(0), 0);
    this.touch();
  }

  /** The tool's paths by joint rows: what the policy asked for and what was commanded. */
  setTrails(policy: readonly (readonly number[])[], commanded: readonly (readonly number[])[]) {
    this.#policyTrail.set(this.#pathOf(policy), policy.length);
    this.#commandedTrail.set(this.#pathOf(commanded), commanded.length);
    this.touch();
  }

  setClearances(clearances: readonly Clearance[]): void {
    const near = clearances.filter(({ distance }) => distance < NEAR_M).slice(0, MOST_CLEARANCES);
    const points = Float32Array.from(near.flatMap(({ from, to }) => [...from, ...to]));
    this.#distances.set(points, 2 * near.length);
  }

  touch(): void {
    this.#dirty = true;
  }

  /** Draws, if anything has changed; to be called every frame. @param now ms */
  draw(now: number): void {
    if (!this.#dirty || now - this.#drawnAt < this.#pause) return;
    this.#dirty = false;
    this.#drawnAt = now;
    this.#renderer.render(this.#scene, this.#camera);
  }

  #pathOf(rows: readonly (readonly number[])[]): Float32Array {
    const path = new Float32Array(rows.length * 3);
    rows.forEach((row, i) => {
      this.#probe.setJoints(row);
      this.#probe.toolPosition(this.#point).toArray(path, 3 * i);
    });
    return path;
  }

  /** About how far the arm stretches, m: the sum of its links. */
  #reach(model: RobotModel): number {
    const sum = model.tree.reduce((total, { origin }) => total + Math.hypot(...origin.xyz), 0);
    return Math.max(0.2, Math.min(2.5, 0.6 * sum));
  }

  #fit(host: HTMLElement): void {
    const { clientWidth: width, clientHeight: height } = host;
    if (width === 0 || height === 0) return;
    this.#renderer.setSize(width, height);
    this.#camera.aspect = width / height;
    this.#camera.updateProjectionMatrix();
    this.touch();
  }
}

/** Whether WebGL is drawn by the processor: then fewer pixels are more frames. */
function rendersInSoftware(): boolean {
  const gl = document.createElement('canvas').getContext('webgl2');
  const info = gl?.getExtension('WEBGL_debug_renderer_info');
  const name = info ? String(gl?.getParameter(info.UNMASKED_RENDERER_WEBGL)) : '';
  gl?.getExtension('WEBGL_lose_context')?.loseContext();
  return /swiftshader|llvmpipe|software/i.test(name);
}
