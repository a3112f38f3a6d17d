/** The scene that the filter keeps the arm from, as the page draws it. */
import * as THREE from 'three';
import type { RobotModel } from '../robot_model.js';

/** Edge of the table that stands for an endless plane, m. */
const TABLE = 1.2;
const LEVEL = 0.99;

export function sceneShapes(scene: RobotModel['scene']): THREE.Group {
  const group = new THREE.Group();
  const planes = scene.flatMap((shape) =>
    shape.type === 'half_space' && shape.normal[2] > LEVEL ? [shape.offset] : [],
  );
  const grid = new THREE.GridHelper(TABLE, 24, 0x7d8b99, 0x7d8b99);
  grid.rotation.x = Math.PI / 2;
  // The highest of several planes: the table that the arm stands on.
  grid.position.z = planes.length === 0 ? 0 : Math.max(...planes);
  const lines = grid.material as THREE.LineBasicMaterial;
  lines.transparent = true;
  lines.opacity = 0.35;
  group.add(grid);
  const material = new THREE.MeshLambertMaterial({
    color: 0x9aa6b2,
    transparent: true,
    opacity: 0.5,
  });
  for (const shape of scene) {
    if (shape.type === 'box') {
      const box = new THREE.Mesh(new THREE.BoxGeometry(...shape.size), material);
      box.position.set(...shape.center);
      box.quaternion.setFromEuler(new THREE.Euler(...shape.rpy, 'ZYX'));
      group.add(box);
    } else if (shape.type === 'sphere') {
      const ball = new THREE.Mesh(new THREE.SphereGeometry(shape.radius, 20, 12), material);
      ball.position.set(...shape.center);
      group.add(ball);
    }
  }
  return group;
}
