/** The handle at the tool: arrows and rings that the operator drags where the tool shall go. */
import * as THREE from 'three';
import { TransformControls } from 'three/addons/controls/TransformControls.js';

export interface HandleEvents {
  changed(): void;
  dragging(active: boolean): void;
  /** The handle was dragged; its position and quaternion are the wish, in the base frame. */
  moved(handle: ToolHandle): void;
}

export class ToolHandle {
  readonly #target = new THREE.Object3D();
  readonly #controls: TransformControls;
  readonly #helper: THREE.Object3D;
  dragging = false;

  constructor(camera: THREE.Camera, canvas: HTMLElement, scene: THREE.Scene, events: HandleEvents) {
    this.#controls = new TransformControls(camera, canvas);
    this.#controls.setSize(0.7);
    this.#helper = this.#controls.getHelper();
    scene.add(this.#target, this.#helper);
    this.#controls.attach(this.#target);
    this.#controls.addEventListener('change', () => events.changed());
    this.#controls.addEventListener('dragging-changed', ({ value }) => {
      this.dragging = value === true;
      events.dragging(this.dragging);
    });
    this.#controls.addEventListener('objectChange', () => events.moved(this));
    this.shown = false;
  }

  get position(): THREE.Vector3 {
    return this.#target.position;
  }

  get quaternion(): THREE.Quaternion {
    return this.#target.quaternion;
  }

  set shown(shown: boolean) {
    this.#helper.visible = shown;
    this.#controls.enabled = shown;
    if (!shown) this.dragging = false;
  }

  /** Arrows to move the tool by, or rings to turn it by. */
  set mode(mode: 'translate' | 'rotate') {
    this.#controls.setMode(mode);
  }

  set space(space: 'base' | 'tool') {
    this.#controls.setSpace(space === 'base' ? 'world' : 'local');
  }
}
