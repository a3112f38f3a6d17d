/**
 * The critic process: scores the risk of what the arm does by a small graph and publishes the score.
 * It commands nothing and can hold up nothing: the controller takes the score as one more reason to
 * slow or hold, and holds where no score comes.
 */
import { resolve } from 'node:path';
import { SinewError } from '../core/error.js';
import { NextTargets } from '../policy/next_targets.js';
import { RiskCritic } from '../policy/risk_critic.js';
import { RosClock } from '../ros/clock.js';
import { Diagnostics } from '../ros/diagnostics.js';
import { FloatArrayWriter } from '../ros/float_array_writer.js';
import { JointStateReader } from '../ros/joint_state_reader.js';
import { RosNode } from '../ros/ros_node.js';
import { TrajectoryReader } from '../ros/trajectory_reader.js';
import { streamQos } from './config.js';
import { MAX_POINTS } from './controller_inputs.js';
import { type ProcessContext, type RunningProcess, runProcess } from './process.js';

async function start({ config, log, exit }: ProcessContext): Promise<RunningProcess> {
  const { critic: settings, topics, robot } = config;
  const { risk } = config.safety;
  if (settings === undefined || risk === undefined) {
    const missing = settings === undefined ? 'critic' : 'safety.risk';
    throw new SinewError(`no "${missing}" section`, { where: config.file });
  }
  const file = resolve(config.dir, settings.graph);
  const critic = await RiskCritic.load(file, settings, robot.joints.length);
  const node = await RosNode.create({
    name: 'critic',
    argv: process.argv.slice(2),
    onError: (error, where) => log.warn(`${where}: ${error.message}`),
  });
  const clock = new RosClock(node, { useSimTime: config.ros.use_sim_time });
  const state = new JointStateReader(robot.joints, topics.joint_states);
  const targets = new NextTargets(settings.targets, robot.joints.length, MAX_POINTS);
  const scores = node.publisher(risk.topic, 'std_msgs/msg/Float64MultiArray', 'command');
  const writer = new FloatArrayWriter(2);
  /** Whether a joint state has come that is not scored yet, and whether a run is under way. */
  let fresh = false;
  let busy = false;
  let count = 0;
  let newest = Number.NaN;

  const jointType = 'sensor_msgs/msg/JointState';
  node.subscribeRaw(topics.joint_states, jointType, streamQos(config), (bytes) => {
    fresh = false;
    state.read(bytes);
    fresh = true;
  });
  if (critic.seesTargets) {
    const chunk = new TrajectoryReader(robot.joints, MAX_POINTS, topics.action_chunk);
    node.subscribeRaw(
      topics.action_chunk,
      'trajectory_msgs/msg/JointTrajectory',
      'command',
      (bytes) => {
        chunk.read(bytes);
        targets.take(chunk.stamp, chunk.count, chunk.times, chunk.positions);
      },
    );
  }

  /** Scores the newest state, unless it is scored already or the last run is not over. */
  const run = async (): Promise<void> => {
    if (!fresh || busy) return;
    fresh = false;
    busy = true;
    const { stamp, position, velocity } = state;
    newest = await critic.score(position, velocity, targets.look(clock.now(), position));
    busy = false;
    count++;
    scores.publish(writer.write(Float64Array.of(stamp, newest)));
  };
  const timer = setInterval(() => run().catch(exit), 1000 / settings.rate_hz);
  const diagnostics = new Diagnostics(node, clock, () => [
    {
      name: 'score',
      level: Number.isNaN(newest) ? 'warn' : 'ok',
      message: count === 0 ? `no joint states on ${topics.joint_states} yet` : `score ${newest}`,
      values: { score: newest, scores: count, run_ms: critic.runTime * 1e3, sha256: critic.sha256 },
    },
  ]);
  log.info({ graph: file, sha256: critic.sha256 }, `critic scores on ${risk.topic}`);

  return {
    async stop() {
      clearInterval(timer);
      diagnostics.close();
      await node.close();
    },
  };
}

await runProcess('critic', start);
