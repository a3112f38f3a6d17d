/** A Gazebo server of our own, with the world of the set-up: it lives as long as the bridge. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GazeboServer, launchGazebo } from '../simulation/gazebo/server_launcher.js';
import type { ServerKind } from '../simulation/gazebo/server_program.js';
import type { GazeboConfig } from '../simulation/gazebo_world/config.js';

/**
 * Starts the server; whoever connects finds out when it answers.
 *
 * @param world the text of the world file
 * @throws SinewError when there is no such Gazebo on PATH
 */
export async function startServer(
  settings: GazeboConfig,
  world: string,
  paused: boolean,
): Promise<GazeboServer> {
  const folder = mkdtempSync(join(tmpdir(), 'sinew-gazebo-'));
  const worldFile = join(folder, 'world.sdf');
  writeFileSync(worldFile, world);
  const clean = () => rmSync(folder, { recursive: true, force: true });
  const { flavour, partition, address, master_port } = settings;
  const kinds: Partial<Record<typeof flavour, ServerKind>> = {
    classic: 'classic',
    fortress: 'ign',
  };
  try {
    const server = await launchGazebo({
      worldFile,
      kind: kinds[flavour] ?? 'gz',
      partition,
      address,
      master: { host: '127.0.0.1', port: master_port },
      // Pictures are asked for by their time; the physics need not wait for those in between.
      exactCameras: false,
      paused,
    });
    void server.ended.then(clean);
    return server;
  } catch (error) {
    clean();
    throw error;
  }
}
