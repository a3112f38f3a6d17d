/** The robot profiles of this repository: every file in config/ that names a robot description. */
import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { loadRobot, type Robot } from '../../src/description/robot.js';
import { repositoryFile } from './robots.js';

/** Names of all robot files in config/, without their ending. */
export function robotProfiles(): string[] {
  return readdirSync(repositoryFile('config'))
    .filter((file) => file.endsWith('.yaml'))
    .filter((file) => 'urdf' in parse(readFileSync(repositoryFile(`config/${file}`), 'utf8')))
    .map((file) => file.slice(0, -'.yaml'.length))
    .sort();
}

/** The robot of config/<name>.yaml. */
export function loadProfile(name: string): Robot {
  return loadRobot(repositoryFile(`config/${name}.yaml`));
}
