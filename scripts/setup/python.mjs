// Finds a Python that can carry the ROS 2 wheels, and says which apt package is missing if none can.
import { spawnSync } from 'node:child_process';

/** CPython 3.x minors for which the wheels exist. */
export const PYTHON_MINORS = [10, 11, 12, 13];

const PROBE = `
import sys
try:
    import ensurepip, venv
    v = 1
except ImportError:
    v = 0
print(sys.version_info[0], sys.version_info[1], v)`;

/**
 * Runs one candidate.
 * @param {string} command name or path of an interpreter
 * @returns {{command: string, major: number, minor: number, venv: boolean} | undefined} undefined if it does not run
 */
export function probePython(command) {
  const { status, stdout } = spawnSync(command, ['-I', '-c', PROBE], { encoding: 'utf8' });
  if (status !== 0) return undefined;
  const [major, minor, venv] = stdout.trim().split(' ').map(Number);
  return { command, major, minor, venv: venv === 1 };
}

/**
 * Chooses among candidates: the first that has venv, so `python3` before any other.
 * @param {(command: string) => ReturnType<typeof probePython>} probe
 * @param {NodeJS.ProcessEnv} env SINEW_PYTHON names an interpreter to use instead of searching
 * @returns {{python?: ReturnType<typeof probePython>, missing?: string[], why?: string}}
 *   `python` when one fits; otherwise `missing`, the apt packages that cure it, and `why`
 */
export function choosePython(probe = probePython, env = process.env) {
  const names = env.SINEW_PYTHON
    ? [env.SINEW_PYTHON]
    : ['python3', ...[...PYTHON_MINORS].reverse().map((minor) => `python3.${minor}`)];
  const found = names.map(probe).filter((python) => python !== undefined);
  const fits = found.filter(({ major, minor }) => major === 3 && PYTHON_MINORS.includes(minor));
  const ready = fits.find(({ venv }) => venv);
  if (ready) return { python: ready };
  const range = `Python 3.${PYTHON_MINORS[0]} to 3.${PYTHON_MINORS.at(-1)}`;
  if (fits[0]) {
    const name = fits[0].command === 'python3' ? 'python3' : `python3.${fits[0].minor}`;
    return { missing: [`${name}-venv`], why: `${fits[0].command} has no venv module` };
  }
  if (found[0]) {
    const { major, minor } = found[0];
    return {
      missing: ['python3.12', 'python3.12-venv'],
      why: `${found[0].command} is ${major}.${minor}, the ROS 2 wheels need ${range}`,
    };
  }
  return { missing: ['python3', 'python3-venv'], why: `no ${range} found` };
}
