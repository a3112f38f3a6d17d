// Step: the npm packages of the lockfile, install scripts off, cache and logs inside the project.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './stamp.mjs';

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
  } catch {
    return undefined;
  }
}

/**
 * Whether node_modules holds what the lockfile says. npm writes down what it installed, so an
 * `npm ci` by hand counts as well as one by the set-up.
 * @returns {boolean} false too when a package is there that the lockfile does not have
 */
export function npmIsCurrent(root = projectRoot) {
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const installed = packagesOf(join(root, 'node_modules', '.package-lock.json'));
  if (!wanted || !installed) return false;
  const same = (name) =>
    installed[name]
      ? installed[name].version === wanted[name].version &&
        installed[name].integrity === wanted[name].integrity
      : // npm leaves out optional packages of other platforms.
        wanted[name].optional === true ||
        wanted[name].devOptional === true ||
        wanted[name].peer === true;
  const names = Object.keys(wanted).filter((name) => name !== '');
  return names.every(same) && Object.keys(installed).every((name) => name in wanted);
}

/** @type {import('./steps.mjs').Step} */
export const npmStep = {
  title: 'npm packages',
  isCurrent: () => npmIsCurrent(),
  needs: () => [],
  async work({ run }) {
    const setup = join(projectRoot, '.setup');
    const npm = process.env.npm_execpath?.endsWith('npm-cli.js')
      ? [process.execPath, process.env.npm_execpath]
      : ['npm'];
    await run(npm[0], [...npm.slice(1), 'ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
      env: {
        ...process.env,
        npm_config_cache: join(setup, 'npm'),
        npm_config_logs_dir: join(setup, 'log', 'npm'),
        npm_config_update_notifier: 'false',
        // The set-up needs the compiler and the tests their runner, whatever the caller omits.
        npm_config_omit: '',
        npm_config_include: 'dev',
        npm_config_progress: 'false',
        NODE_ENV: 'development',
      },
    });
  },
};
