/** A real Gazebo Classic server that cannot start: what it says about that comes out as one line. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type GazeboServer,
  launchGazebo,
  untilAnswer,
} from '../../../src/simulation/gazebo/server_launcher.js';
import { PATIENCE_S, until } from '../../integration/until.js';
import { WORLD_FILE } from './classic_server.js';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sinew-launcher-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const never = () => Promise.reject(new Error('nobody answers'));

/** A server on this port, without a display. */
function launch(worldFile: string, port: number): Promise<GazeboServer> {
  return launchGazebo({
    worldFile,
    kind: 'classic',
    partition: 'launcher',
    master: { host: '127.0.0.1', port },
    cameras: false,
  });
}

/** Why nobody came to be connected with it within `patience` s. */
async function refusal(server: GazeboServer, patience: number): Promise<string> {
  return untilAnswer<string>(server, never, patience).catch((error) => error.message);
}

it('a world that is no XML is named by what the server says of it', async () => {
  const file = join(folder, 'broken.world');
  writeFileSync(file, '<sdf version="1.6"><world name="default"><model');
  const server = await launch(file, 11491);
  try {
    await until(() => /sdf file/.test(server.says()), 'what the server says', server.says);
    const line = await refusal(server, 0);
    expect(line).toMatch(/^Gazebo server \(classic\): nobody answers; it says: .*broken\.world/);
    expect(line).not.toContain('\n');
  } finally {
    await server.stop();
  }
});

it('a port that another server holds is named', async () => {
  const first = await launch(WORLD_FILE, 11492);
  const second = await launch(WORLD_FILE, 11492);
  try {
    const line = await Promise.race([refusal(first, PATIENCE_S), refusal(second, PATIENCE_S)]);
    expect(line).toMatch(/^Gazebo server \(classic\): ended \(.*\): .*(address|port|bind|master)/i);
    expect(line).not.toContain('\n');
  } finally {
    await Promise.all([first.stop(), second.stop()]);
  }
});
