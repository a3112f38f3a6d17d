/**
 * The servo process: an arm of bus servos behind the robot's topics. Joint states and diagnostics out,
 * commands in; torque only while the node is active, and at the end what the set-up says.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { steadyNow } from '../core/clock.js';
import { errorLine, SinewError } from '../core/error.js';
import { ServoArm } from '../hardware/arm/servo_arm.js';
import { GuardLink } from '../hardware/guard/guard_link.js';
import { RosClock } from '../ros/clock.js';
import { Diagnostics } from '../ros/diagnostics.js';
import { JointStateWriter } from '../ros/joint_state_writer.js';
import { Lifecycle } from '../ros/lifecycle.js';
import { RosNode } from '../ros/ros_node.js';
import { stampOf } from '../ros/stamp.js';
import { streamQos } from './config.js';
import { type ProcessContext, type RunningProcess, runProcess } from './process.js';
import { takeServoCommands } from './servo_commands.js';
import { LockstepDriving, RateDriving, type ServoDriving } from './servo_driving.js';
import { servoHealth } from './servo_health.js';
import { servoSetup } from './servo_setup.js';

/** The simulator loads MuJoCo and draws its first pictures before it has a bus. */
const SIMULATOR_START_S = 60;
/** In lock-step nothing may depend on how fast a process is: its silence means nothing. */
const LOCKSTEP_PATIENCE_S = 30;

async function start({ config, log, exit }: ProcessContext): Promise<RunningProcess> {
  const setup = servoSetup(config);
  const { section } = setup;
  const { joints } = config.robot;
  const node = await RosNode.create({ name: 'servo', argv: process.argv.slice(2) });
  const clock = new RosClock(node, { useSimTime: config.ros.use_sim_time });
  const writer = new JointStateWriter(joints, config.robot.baseLink);
  const states = node.publisher(
    config.topics.joint_states,
    'sensor_msgs/msg/JointState',
    streamQos(config),
  );

  const efforts = new Float64Array(joints.length);
  const effortsOf = (driven: ServoArm): Float64Array => {
    for (const [i, state] of driven.states.entries()) {
      efforts[i] = state.effort(setup.efforts[i] ?? 0);
    }
    return efforts;
  };

  let arm: ServoArm | undefined;
  let guard: GuardLink | undefined;
  let lost = '';

  const published = (driven: ServoArm, time?: number) => {
    guard?.alive();
    if (!driven.positions.every(Number.isFinite)) return;
    const stamp = stampOf(time ?? clock.now());
    const { positions, velocities } = driven;
    states.publish(writer.write(stamp, positions, velocities, effortsOf(driven)));
  };
  const events = {
    onRead: published,
    onLost: (error: unknown) => void node.guard('lost', () => portLost(errorLine(error))),
  };
  const driving: ServoDriving = config.lockstep
    ? new LockstepDriving(node, config, events)
    : new RateDriving(section.rate_hz, events);

  /** Tells the guard that the driver lives while something takes long that is no cycle. */
  const awake = async (action: () => Promise<void>) => {
    const pulse = setInterval(() => guard?.alive(), 100);
    await action().finally(() => clearInterval(pulse));
  };

  const connect = async () => {
    arm = await ServoArm.open({ section, buses: setup.buses, ranges: setup.ranges, joints });
    lost = '';
    driving.start(arm);
  };

  const release = async () => {
    await driving.stop();
    if (arm?.connected === true && section.on_exit === 'release') await arm.torqueOff();
    await arm?.close();
    arm = undefined;
  };

  /** Torque cannot be switched on a port that is gone; it is off before anything else afterwards. */
  const portLost = (line: string) => {
    lost = line;
    log.error(`${line}; trying to open it again, with torque off`);
    void lifecycle.trigger('deactivate').then(reconnect);
  };

  const reconnect = async (): Promise<void> => {
    await arm?.close();
    arm = undefined;
    while (lost !== '' && !node.closed) {
      guard?.alive();
      await new Promise((resolve) => setTimeout(resolve, section.reconnect_s * 250));
      await connect().then(
        () => log.warn('the arm is back, with torque off; activate the node to move it'),
        () => undefined,
      );
    }
  };

  const lifecycle: Lifecycle = new Lifecycle(node, {
    onConfigure: async () => {
      await connect();
      guard = new GuardLink(
        fileURLToPath(new URL(`./servo_guard${import.meta.url.slice(-3)}`, import.meta.url)),
        {
          driver: process.pid,
          timeout: config.lockstep ? LOCKSTEP_PATIENCE_S : section.guard_timeout_s,
          lastWord: section.on_exit,
          buses:
            arm === undefined
              ? []
              : arm.chains.map(({ bus, ids }) => ({
                  path: bus.path,
                  baud: bus.baud,
                  protocol: bus.protocol.name,
                  ids: [...ids],
                })),
        },
        () =>
          exit(new SinewError('the guard process has ended', { cure: 'start the driver again' })),
      );
    },
    onActivate: async () => {
      if (arm === undefined || lost !== '') throw new SinewError(lost || 'no arm is connected');
      const switched = arm;
      await driving.stop();
      await awake(() => switched.torqueOn()).finally(() => driving.start(switched));
    },
    onDeactivate: async () => {
      if (arm === undefined || lost !== '') return;
      const switched = arm;
      await driving.stop();
      await awake(() => switched.torqueOff());
      driving.start(switched);
    },
    onCleanup: async () => {
      await release();
      await guard?.farewell();
      guard = undefined;
    },
    onState: (state) => log.info({ state }, `lifecycle: ${state}`),
  });

  const commands = takeServoCommands(node, config, (goals) => {
    if (lifecycle.state === 'active') driving.command(goals);
  });
  const diagnostics = new Diagnostics(
    node,
    clock,
    () => servoHealth(arm, { lost, state: lifecycle.state, commands: commands.received }),
    { hardware: config.robot.name },
  );

  if (config.simulator?.servo_buses === true) await portsOf(setup.buses.map(({ bus }) => bus.port));
  // In lock-step nothing may happen for long, and the driver is alive all the same.
  const pulse = config.lockstep ? setInterval(() => guard?.alive(), 100) : undefined;
  const failure = await lifecycle.trigger('configure');
  if (failure !== undefined) throw new SinewError(failure);
  if (section.auto_activate) {
    const refused = await lifecycle.trigger('activate');
    if (refused !== undefined) log.error(refused);
  }
  log.info({ joints, ports: section.buses.map(({ port }) => port) }, 'servo driver runs');
  return {
    async stop() {
      clearInterval(pulse);
      diagnostics.close();
      if (lifecycle.state === 'active' && section.on_exit === 'hold') {
        log.warn('torque stays on: the arm holds its last position until its power is cut');
      }
      lost = '';
      try {
        await awake(release);
        await guard?.farewell();
      } finally {
        await node.close();
      }
    },
  };
}

/** Resolves when the simulator, which starts at the same time, has put its emulated buses there. */
async function portsOf(ports: readonly string[]): Promise<void> {
  const deadline = steadyNow() + SIMULATOR_START_S;
  const missing = () => ports.some((port) => !existsSync(port));
  while (missing() && steadyNow() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

await runProcess('servo', start);
