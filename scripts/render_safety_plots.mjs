// Draws the plots of docs/safety.md with the real filter: a stop, the approach to a position limit, a
// collision avoided. `node scripts/render_safety_plots.mjs` after a build.
import { writeFileSync } from 'node:fs';
import { collisionModel } from '../dist/description/collision_model.js';
import { loadRobot } from '../dist/description/robot.js';
import { SafetyFilter } from '../dist/safety/filter.js';
import { plot } from './svg_plot.mjs';

const TICK = 0.002;
const robot = loadRobot('config/so101.yaml');
const unknown = new Float64Array(robot.limits.length).fill(Number.NaN);
const PAN = 0;
const LIFT = 1;

/** What a joint did in each tick; the jerk as the difference of the accelerations. */
class Record {
  position = [];
  velocity = [];
  acceleration = [];
  jerk = [];

  add(command, joint) {
    const before = this.acceleration.at(-1) ?? 0;
    this.position.push(command.positions[joint]);
    this.velocity.push(command.velocities[joint]);
    this.acceleration.push(command.accelerations[joint]);
    this.jerk.push((command.accelerations[joint] - before) / TICK);
  }
}

function started(options, home = robot.home) {
  const filter = new SafetyFilter(robot.limits, options);
  const verdict = filter.start(Float64Array.from(home));
  if (!verdict.ready) throw new Error(verdict.why);
  return filter;
}

const both = (value) => [
  { name: 'limit', value },
  { name: '', value: -value },
];

/** Four panels of the motion of some joints, from `skip` ticks on. */
function motionPlot(file, title, records, { limits, position = [], skip = 0 }) {
  const panel = (what, quantity, lines) => ({
    title: what,
    series: records.map(([name, record]) => ({ name, values: record[quantity].slice(skip) })),
    limits: lines,
  });
  const times = records[0][1].position.slice(skip).map((_, i) => i * TICK);
  const svg = plot(title, times, [
    panel('position, rad', 'position', position),
    panel('velocity, rad/s', 'velocity', both(limits.velocity)),
    panel('acceleration, rad/s²', 'acceleration', both(limits.acceleration)),
    panel('jerk, rad/s³', 'jerk', both(limits.jerk)),
  ]);
  writeFileSync(file, svg);
}

/** Two joints at different speeds are stopped along their path. */
function drawStop() {
  const filter = started({ synchronise: true });
  const pan = new Record();
  const lift = new Record();
  const from = 150;
  for (let i = 0; i < 400; i++) {
    const target = Float64Array.from(robot.home);
    target[PAN] += 1.8;
    target[LIFT] += 0.9;
    const command =
      i < from ? filter.follow(TICK, target, unknown) : filter.stop(TICK, 'path', unknown);
    pan.add(command, PAN);
    lift.add(command, LIFT);
  }
  const limits = robot.limits[PAN];
  const records = [
    ['shoulder_pan', pan],
    ['shoulder_lift', lift],
  ];
  const title = `A stop along the path, asked for at ${(from - 100) * TICK} s`;
  motionPlot('docs/safety_stop.svg', title, records, { limits, skip: 100 });
}

/** A target 0.4 rad beyond the range. */
function drawLimit() {
  const filter = started({});
  const pan = new Record();
  const limits = robot.limits[PAN];
  for (let i = 0; i < 700; i++) {
    const target = Float64Array.from(robot.home);
    target[PAN] = limits.upper + 0.4;
    pan.add(filter.follow(TICK, target, unknown), PAN);
  }
  const position = [{ name: 'limit', value: limits.upper }];
  const title = 'A target 0.4 rad beyond the position limit';
  motionPlot('docs/safety_limit.svg', title, [['shoulder_pan', pan]], { limits, position });
}

/** The arm is told to strike the table. */
function drawCollision() {
  const margin = 0.01;
  const links = ['gripper_link', 'moving_jaw_link'];
  const table = { name: 'table', type: 'half_space', normal: [0, 0, 1], offset: 0, links };
  const filter = started({
    cartesian: {
      model: collisionModel(robot, [table]),
      tools: [robot.config.toolLink],
      toolSpeed: Infinity,
      workspace: [],
      barrier: { gain: 8, selfMargin: margin, sceneMargin: margin },
      grossOverlap: 0.005,
    },
  });
  const lift = new Record();
  const clearance = [];
  for (let i = 0; i < 600; i++) {
    const target = Float64Array.from(robot.home);
    target[LIFT] += 1.2;
    const command = filter.follow(TICK, target, unknown);
    lift.add(command, LIFT);
    clearance.push(1000 * command.clearance);
  }
  const times = clearance.map((_, i) => i * TICK);
  const lines = [
    { name: 'margin', value: 1000 * margin },
    { name: 'floor', value: 500 * margin },
  ];
  const svg = plot('A collision with the table avoided', times, [
    {
      title: 'least distance on the way to rest, mm',
      series: [{ name: 'distance', values: clearance.map((value) => (value < 200 ? value : NaN)) }],
      limits: lines,
    },
    {
      title: 'position, rad',
      series: [
        { name: 'shoulder_lift', values: lift.position },
        {
          name: 'asked for',
          values: lift.position.map(() => robot.home[LIFT] + 1.2),
          dashed: true,
        },
      ],
    },
    { title: 'velocity, rad/s', series: [{ name: 'shoulder_lift', values: lift.velocity }] },
    {
      title: 'acceleration, rad/s²',
      series: [{ name: 'shoulder_lift', values: lift.acceleration }],
      limits: both(robot.limits[LIFT].acceleration),
    },
    {
      title: 'jerk, rad/s³',
      series: [{ name: 'shoulder_lift', values: lift.jerk }],
      limits: both(robot.limits[LIFT].jerk),
    },
  ]);
  writeFileSync('docs/safety_collision.svg', svg);
}

drawStop();
drawLimit();
drawCollision();
