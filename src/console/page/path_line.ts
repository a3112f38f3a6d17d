/** A line in space whose points change: a path, or pairs of points. */
import * as THREE from 'three';

export class PathLine {
  readonly line: THREE.Line;
  readonly #positions: THREE.BufferAttribute;
  readonly #material: THREE.LineBasicMaterial;

  /** @param capacity points at most @param pairs each two points are a piece of their own */
  constructor(capacity: number, pairs = false) {
    this.#positions = new THREE.BufferAttribute(new Float32Array(capacity * 3), 3);
    this.#positions.setUsage(THREE.DynamicDrawUsage);
    const geometry = new THREE.BufferGeometry();
    geometry.setAttribute('position', this.#positions);
    geometry.setDrawRange(0, 0);
    // Seen through the arm: a path inside of it is what one wants to see.
    this.#material = new THREE.LineBasicMaterial({ depthTest: false, transparent: true });
    this.line = pairs
      ? new THREE.LineSegments(geometry, this.#material)
      : new THREE.Line(geometry, this.#material);
    this.line.frustumCulled = false;
    this.line.renderOrder = 2;
  }

  set colour(value: string) {
    this.#material.color.set(value);
  }

  /** Takes `count` points of three numbers; what is over the capacity is left out. */
  set(points: Float32Array, count: number): void {
    const most = Math.min(count, this.#positions.count);
    this.#positions.array.set(points.subarray(0, most * 3));
    this.#positions.needsUpdate = true;
    this.line.geometry.setDrawRange(0, most);
  }
}
