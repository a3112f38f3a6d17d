// Step: TypeScript to dist/, incrementally, with the other files of src/ copied beside it, and the page
// of the console, which Vite builds. What has no source any more is removed from dist/.
import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import {
  filesBelow,
  hashFile,
  hashFolder,
  hashOf,
  isStamped,
  projectRoot,
  writeStamp,
} from './stamp.mjs';

const source = join(projectRoot, 'src');
const target = join(projectRoot, 'dist');
const stamp = join(target, 'setup.stamp');
const BUILD_FILES = new Set(['setup.stamp', '.tsbuildinfo']);
/** Source of the console's page, below src/, and what it becomes, below dist/. */
const PAGE = join('console', 'page');
const SITE = join('console', 'site');

const isBelow = (folder, file) => file.startsWith(folder + sep);

const buildHash = () =>
  hashOf([
    hashFolder(source),
    hashFile(join(projectRoot, 'tsconfig.json')),
    hashFile(join(projectRoot, 'scripts', 'build_console.mjs')),
    hashFile(join(projectRoot, 'package-lock.json')),
  ]);

/** Whether a file of dist/ still has its source. */
export function hasSource(file, exists = (name) => existsSync(join(source, name))) {
  if (BUILD_FILES.has(file) || isBelow(SITE, file)) return true;
  if (isBelow(PAGE, file)) return false;
  const typescript = file.replace(/\.(js|js\.map|d\.ts|d\.ts\.map)$/, '.ts');
  return exists(file) || exists(typescript);
}

/** @type {import('./steps.mjs').Step} */
export const buildStep = {
  title: 'TypeScript',
  isCurrent: () => isStamped(stamp, buildHash()),
  needs: () => [],
  async work({ run }) {
    const hash = buildHash();
    if (existsSync(target)) {
      for (const file of filesBelow(target)) {
        if (!hasSource(relative(target, file))) rmSync(file);
      }
      // A build that fails leaves no stamp, so that the launcher does not start half of it.
      rmSync(stamp, { force: true });
    }
    const tsc = join(projectRoot, 'node_modules', 'typescript', 'bin', 'tsc');
    await run(process.execPath, [tsc, '-p', join(projectRoot, 'tsconfig.json')]);
    for (const file of filesBelow(source)) {
      const name = relative(source, file);
      if (name.endsWith('.ts') || isBelow(PAGE, name)) continue;
      const copy = join(target, name);
      mkdirSync(dirname(copy), { recursive: true });
      copyFileSync(file, copy);
    }
    await run(process.execPath, [join(projectRoot, 'scripts', 'build_console.mjs')]);
    writeStamp(stamp, hash);
  },
};
