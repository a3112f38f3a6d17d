/**
 * The handle at the tool: arrows that the operator drags where the tool shall go. Here the pointer
 * meets it; the worker draws it (arm_scene.ts).
 */
import * as THREE from 'three';
import { TransformControls } from 'three/addons/controls/TransformControls.js';
import type { HandleLook } from './arm_messages.js';
import { HANDLE_SIZE } from './arm_optics.js';

export interface HandleEvents {
  changed(): void;
  dragging(active: boolean): void;
  /** The handle was dragged; its position and quaternion are the wish, in the base frame. */
  moved(handle: ToolHandle): void;
}

export class ToolHandle {
  readonly #scene = new THREE.Scene();
  readonly #target = new THREE.Object3D();
  readonly #controls: TransformControls;
  #shown = false;
  dragging = false;

  constructor(camera: THREE.Camera, canvas: HTMLElement, events: HandleEvents) {
    this.#controls = new TransformControls(camera, canvas);
    this.#controls.setSize(HANDLE_SIZE);
    this.#scene.add(this.#target, this.#controls.getHelper());
    this.#controls.attach(this.#target);
    this.#controls.enabled = false;
    this.#controls.addEventListener('change', () => events.changed());
    this.#controls.addEventListener('axis-changed', () => {
      canvas.style.cursor = this.#controls.axis === null ? '' : 'grab';
      // A press may follow before the next frame: the plane to drag in has to be this axis' by then.
      this.#scene.updateMatrixWorld();
    });
    this.#controls.addEventListener('dragging-changed', ({ value }) => {
      this.dragging = value === true;
      events.dragging(this.dragging);
    });
    this.#controls.addEventListener('objectChange', () => events.moved(this));
  }

  get position(): THREE.Vector3 {
    return this.#target.position;
  }

  get quaternion(): THREE.Quaternion {
    return this.#target.quaternion;
  }

  get shown(): boolean {
    return this.#shown;
  }

  set shown(shown: boolean) {
    this.#shown = shown;
    this.#controls.enabled = shown;
    if (!shown) this.dragging = false;
  }

  set space(space: 'base' | 'tool') {
    this.#controls.setSpace(space === 'base' ? 'world' : 'local');
  }

  /** How it is to be drawn; places what the pointer meets likewise. */
  look(): HandleLook | null {
    if (!this.#shown) return null;
    this.#scene.updateMatrixWorld();
    const { space, axis } = this.#controls;
    return {
      position: this.position.toArray(),
      quaternion: this.quaternion.toArray(),
      space: space === 'local' ? 'local' : 'world',
      axis,
    };
  }
}
