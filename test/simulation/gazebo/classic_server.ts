/**
 * A real Gazebo Classic server for tests, with the world of arm.world.
 */
import { fileURLToPath } from 'node:url';
import {
  type ClassicOptions,
  connectClassic,
} from '../../../src/simulation/gazebo/classic/classic_world.js';
import type { GazeboPose, GazeboWorld } from '../../../src/simulation/gazebo/gazebo_world.js';
import {
  type GazeboServer,
  launchGazebo,
  untilAnswer,
} from '../../../src/simulation/gazebo/server_launcher.js';

export const WORLD_FILE = fileURLToPath(new URL('arm.world', import.meta.url));
const START_TIMEOUT = 60;

/** A link that stands upright at angle 0 and turns about y, from its joint at (x, z) and its turn. */
function link(x: number, z: number, turn: number): GazeboPose {
  return {
    position: [x + 0.1 * Math.sin(turn), 0, z + 0.1 * Math.cos(turn)],
    quaternion: [0, Math.sin(turn / 2), 0, Math.cos(turn / 2)],
  };
}

/** Links of the arm in its model's frame. */
export function armLinks(positions: ArrayLike<number>): Record<string, GazeboPose> {
  const [shoulder = 0, elbow = 0] = [positions[0], positions[1]];
  const end = [0.2 * Math.sin(shoulder), 0.1 + 0.2 * Math.cos(shoulder)] as const;
  return { upper: link(0, 0.1, shoulder), fore: link(...end, shoulder + elbow) };
}

export function armOptions(partition: string, port: number): ClassicOptions {
  return {
    world: 'default',
    model: 'arm',
    joints: ['shoulder', 'elbow'],
    cameras: [
      { name: 'front', topic: '/default/stand/link/front/image', horizontalFov: 1 },
      { name: 'depth', topic: '/default/stand/link/depth/image', horizontalFov: 1, depth: true },
    ],
    tracked: ['cube', 'ball'],
    gains: {
      shoulder: { p: 60, i: 60, d: 2, iMax: 5, limit: 20 },
      elbow: { p: 30, i: 30, d: 0.5, iMax: 3, limit: 10 },
    },
    linkPoses: armLinks,
    timestep: 0.001,
    partition,
    address: '127.0.0.1',
    master: { host: '127.0.0.1', port },
  };
}

export interface ArmServer {
  readonly server: GazeboServer;
  readonly world: GazeboWorld;
  stop(): Promise<void>;
}

export function launchArm(
  partition: string,
  port: number,
  options: { paused?: boolean; cameras?: boolean } = {},
): Promise<GazeboServer> {
  const master = { host: '127.0.0.1', port };
  return launchGazebo({
    worldFile: WORLD_FILE,
    kind: 'classic',
    partition,
    master,
    cameras: false,
    ...options,
  });
}

/** Starts a server and connects to it. */
export async function startArm(
  partition: string,
  port: number,
  options: { paused?: boolean; cameras?: boolean } = {},
): Promise<ArmServer> {
  const server = await launchArm(partition, port, options);
  try {
    const connect = () => connectClassic(armOptions(partition, port));
    const world = await untilAnswer(server, connect, START_TIMEOUT);
    return {
      server,
      world,
      stop: async () => {
        await world.close();
        await server.stop();
      },
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}
