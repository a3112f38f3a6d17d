/**
 * A Python for the peers of the benchmarks: ROS 2's own interpreter and packages, with what a lock
 * file names put beside them into a virtual environment in .setup/. Pinned by hash, inside the
 * project folder, made once.
 */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
// @ts-expect-error plain JavaScript
import { chooseRos, wheelPrefix } from '../../scripts/ros_env.mjs';
// @ts-expect-error
import { Progress } from '../../scripts/setup/progress.mjs';
// @ts-expect-error
import { choosePython } from '../../scripts/setup/python.mjs';
// @ts-expect-error
import * as setup from '../../scripts/setup/stamp.mjs';

type Run = (command: string, args: readonly string[], options?: object) => Promise<string>;

/** The project folder. */
export const ROOT: string = setup.projectRoot;

/** Path of the folder below a virtual environment that packages go to. */
function sitePackages(prefix: string): string {
  const lib = join(prefix, 'lib');
  const version = readdirSync(lib).find((name) => /^python3\.\d+$/.test(name));
  return join(lib, version ?? 'python3', 'site-packages');
}

/** The interpreter that ROS 2's Python packages are for. */
function rosPython(sourced: boolean): string {
  if (!sourced) return join(wheelPrefix(), 'bin', 'python');
  const { python, missing } = choosePython();
  if (python !== undefined) return python.command;
  throw new Error(`no Python with venv; install with: sudo apt install ${missing.join(' ')}`);
}

/**
 * Makes the environment unless it is there, showing progress, and gives its interpreter.
 *
 * @param lock file in bench/ with the packages, each with its hashes
 * @param folder name of the environment in .setup/
 */
export async function benchPython(lock = 'python.lock', folder = 'bench-venv'): Promise<string> {
  const file = join(ROOT, 'bench', lock);
  const prefix = join(ROOT, '.setup', folder);
  const python = join(prefix, 'bin', 'python');
  const stamp = join(prefix, 'setup.stamp');
  const sourced = chooseRos().kind === 'sourced';
  const hash = setup.hashOf([1, prefix, sourced, setup.hashFile(file)]);
  if (existsSync(python) && setup.isStamped(stamp, hash)) return python;

  await new Progress(1).step(`Python packages of bench/${lock}`, async ({ run }: { run: Run }) => {
    const temporary = join(ROOT, '.setup', 'tmp');
    mkdirSync(temporary, { recursive: true });
    const env: NodeJS.ProcessEnv = {
      ...process.env,
      TMPDIR: temporary,
      PIP_USER: '0',
      PIP_DISABLE_PIP_VERSION_CHECK: '1',
    };
    rmSync(prefix, { recursive: true, force: true });
    // A sourced ROS 2 is built for the distribution's NumPy, which is therefore not replaced.
    const site = sourced ? ['--system-site-packages'] : [];
    await run(rosPython(sourced), ['-m', 'venv', ...site, prefix], { env });
    const pip = ['-m', 'pip', 'install', '--no-cache-dir', '--no-deps', '--only-binary=:all:'];
    await run(python, [...pip, '--progress-bar=off', '--require-hashes', '-r', file], { env });
    if (!sourced) {
      writeFileSync(join(sitePackages(prefix), 'ros.pth'), `${sitePackages(wheelPrefix())}\n`);
    }
    rmSync(temporary, { recursive: true, force: true });
    setup.writeStamp(stamp, hash);
  });
  return python;
}
