// Prints a robot's joints, links, capsules, capsule pairs and a few scene shapes as JSON, for
// make_reference.py: `node export_model.mjs ../../../config/so101.yaml` (after `npm run build`).
import process from 'node:process';
import { collisionModel } from '../../../dist/description/collision_model.js';
import { Kinematics } from '../../../dist/description/kinematics.js';
import { loadRobot } from '../../../dist/description/robot.js';

const robot = loadRobot(process.argv[2] ?? '');
const { config, description } = robot;
const scene = [
  { name: 'table', type: 'half_space', normal: [0, 0, 1], offset: -0.05 },
  { name: 'slope', type: 'half_space', normal: [-0.6, 0, 0.8], offset: -0.2 },
  { name: 'crate', type: 'box', center: [0.3, 0.1, 0.15], size: [0.2, 0.15, 0.3], rpy: [0.3, -0.5, 0.8] },
  { name: 'shelf', type: 'box', center: [0.1, -0.4, 0.4], size: [0.6, 0.02, 0.5], rpy: [0, 0, 0.2] },
  { name: 'ball', type: 'sphere', center: [0.35, 0.2, 0.3], radius: 0.08 },
];
const model = collisionModel(robot, scene);
const kinematics = new Kinematics(description, { ...model, tool: config.toolLink });
console.log(
  JSON.stringify({
    robot: config.name,
    urdf: config.urdf,
    base: config.baseLink,
    tools: config.toolLinks,
    joints: config.joints,
    lower: robot.limits.map(({ lower }) => Math.max(lower, -Math.PI)),
    upper: robot.limits.map(({ upper }) => Math.min(upper, Math.PI)),
    mimics: [...description.joints.values()]
      .filter(({ mimic }) => mimic !== undefined)
      .map(({ name, mimic }) => ({ name, ...mimic })),
    links: kinematics.links,
    capsules: model.capsules,
    pairs: model.pairs.map(({ first, second }) => [first, second]),
    shapes: scene,
    scene: model.scene.map(({ shape, capsule }) => [scene.indexOf(shape), capsule]),
  }),
);
