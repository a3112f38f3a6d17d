/**
 * The arm in 3D: the view that the operator turns, and the handle to drag the tool by. A worker draws
 * it (arm_worker.ts), one frame at a time, and only when something has changed.
 */
import { OrbitControls } from 'three/addons/controls/OrbitControls.js';
import type { ChunkMessage, Clearance } from '../protocol.js';
import type { RobotModel } from '../robot_model.js';
import { ArmMesh } from './arm_mesh.js';
import type { ArmAnswer, ArmFrame } from './arm_messages.js';
import { armCamera } from './arm_optics.js';
import { colour, h } from './dom.js';
import { ToolHandle } from './tool_handle.js';

/** Colours of distances: nearer than these, m. */
export const NEAR_M = 0.03;
export const TOUCHING_M = 0.01;
const MOST_CLEARANCES = 5;
/** Between two drawings where the processor draws: the rest of the page needs it too, ms. */
const SOFTWARE_MS = 40;
/** A chunk's ghost stays for so long after its end, s. */
const AFTER_S = 0.3;

/** What changes of a frame until it is drawn. */
type Pending = { -readonly [K in keyof ArmFrame]?: ArmFrame[K] };

export class ArmView {
  readonly #worker = new Worker(new URL('./arm_worker.ts', import.meta.url), { type: 'module' });
  readonly #camera = armCamera();
  readonly #orbit: OrbitControls;
  readonly #probe: ArmMesh;
  readonly handle: ToolHandle;
  #pending: Pending = {};
  #dirty = true;
  /** Whether the worker is at it; it is until it is ready. */
  #drawing = true;
  #software = true;
  #drawnAt = Number.NEGATIVE_INFINITY;
  /** ROS time at which the ghost goes, s. */
  #chunkEnd: number | undefined;

  constructor(host: HTMLElement, model: RobotModel, onDrag: (handle: ToolHandle) => void) {
    const canvas = h('canvas', { tabindex: 0, 'aria-label': 'Arm in 3D; drag to turn the view' });
    host.prepend(canvas);
    const offscreen = canvas.transferControlToOffscreen();
    this.#worker.onmessage = ({ data }: MessageEvent<ArmAnswer>) => this.#heard(data, host);
    this.#worker.postMessage({ type: 'begin', canvas: offscreen, model }, [offscreen]);
    this.#probe = new ArmMesh(model);

    const reach = reachOf(model);
    this.#camera.position.set(1.45 * reach, -1.2 * reach, 1.05 * reach);
    this.#orbit = new OrbitControls(this.#camera, canvas);
    this.#orbit.target.set(0.27 * reach, 0, 0.24 * reach);
    this.#orbit.enableDamping = false;
    this.#orbit.listenToKeyEvents(canvas);
    this.#orbit.update();
    this.#orbit.addEventListener('change', () => this.touch());
    this.handle = new ToolHandle(this.#camera, canvas, {
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
    this.#pending.colours = {
      panel: colour('panel'),
      policy: colour('policy'),
      commanded: colour('commanded'),
      bad: colour('bad'),
    };
    this.touch();
  }

  /** Where the arm is measured to be, rad. */
  setJoints(q: readonly number[]): void {
    this.#pending.joints = q;
    if (this.handle.shown && !this.handle.dragging) {
      this.#probe.setJoints(q);
      this.#probe.toolPose(this.handle.position, this.handle.quaternion);
    }
    this.touch();
  }

  /** The newest chunk; its ghost is where it ends. */
  setChunk(chunk: ChunkMessage): void {
    this.#pending.chunk = chunk;
    this.#chunkEnd = chunk.stamp + (chunk.times.at(-1) ?? 0) + AFTER_S;
    this.touch();
  }

  /** Ends the ghost when its chunk is over. @param now ROS time, s */
  age(now: number): void {
    if (this.#chunkEnd === undefined || now < this.#chunkEnd) return;
    this.#chunkEnd = undefined;
    this.#pending.chunk = null;
    this.touch();
  }

  /** The tool's paths by joint rows: what the policy asked for and what was commanded. */
  setTrails(policy: readonly (readonly number[])[], commanded: readonly (readonly number[])[]) {
    this.#pending.trails = { policy, commanded };
    this.touch();
  }

  setClearances(clearances: readonly Clearance[]): void {
    const near = clearances.filter(({ distance }) => distance < NEAR_M).slice(0, MOST_CLEARANCES);
    this.#pending.near = near.flatMap(({ from, to }) => [...from, ...to]);
  }

  touch(): void {
    this.#dirty = true;
  }

  /** Has it drawn, if anything has changed; to be called every frame. @param now ms */
  draw(now: number): void {
    if (!this.#dirty || this.#drawing) return;
    if (this.#software && now - this.#drawnAt < SOFTWARE_MS) return;
    const frame: ArmFrame = {
      ...this.#pending,
      type: 'frame',
      eye: this.#camera.position.toArray(),
      turn: this.#camera.quaternion.toArray(),
      handle: this.handle.look(),
    };
    this.#worker.postMessage(frame);
    this.#pending = {};
    this.#dirty = false;
    this.#drawing = true;
    this.#drawnAt = now;
  }

  #heard(answer: ArmAnswer, host: HTMLElement): void {
    if (answer.type === 'failed') {
      host.append(h('p', { class: 'hint' }, `no 3D here: ${answer.why}`));
      return;
    }
    this.#drawing = false;
    if (answer.type === 'drawn') return;
    this.#software = answer.software;
    this.#fit(host);
  }

  #fit({ clientWidth: width, clientHeight: height }: HTMLElement): void {
    if (width === 0 || height === 0) return;
    const ratio = this.#software ? 1 : Math.min(window.devicePixelRatio, 2);
    this.#pending.size = { width, height, ratio };
    this.#camera.aspect = width / height;
    this.#camera.updateProjectionMatrix();
    this.touch();
  }
}

/** About how far the arm stretches, m: the sum of its links. */
function reachOf(model: RobotModel): number {
  const sum = model.tree.reduce((total, { origin }) => total + Math.hypot(...origin.xyz), 0);
  return Math.max(0.2, Math.min(2.5, 0.6 * sum));
}
