#!/usr/bin/env node
// Checks the shape of the sources: short files, and a comment at the head of each that says what it
// is for. Which room may import which is checked by dependency-cruiser (.dependency-cruiser.mjs).
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOMS } from './rooms.mjs';
import { filesBelow, projectRoot } from './setup/stamp.mjs';

export const MEDIAN_LIMIT = 150;
export const LENGTH_LIMIT = 500;
/** A comment may follow a shebang, a directive or an import, but not hide deeper. */
const HEAD_LINES = 4;

/**
 * @param {{name: string, text: string}[]} files
 * @returns {string[]} one line for each fault
 */
export function sourceFaults(files) {
  const lengths = files.map(({ text }) => text.trimEnd().split('\n').length);
  const faults = [];
  files.forEach(({ name, text }, index) => {
    if (lengths[index] > LENGTH_LIMIT) {
      faults.push(`${name}: ${lengths[index]} lines, at most ${LENGTH_LIMIT}: split it by concept`);
    }
    const head = text.split('\n', HEAD_LINES);
    if (!head.some((line) => /^\s*(\/\/|\/\*\*?)\s*\S|^\s*\/\*\*?$/.test(line))) {
      faults.push(`${name}: no comment in the first lines says what the file is for`);
    }
  });
  const sorted = [...lengths].sort((a, b) => a - b);
  const median = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
  if (median > MEDIAN_LIMIT) {
    faults.push(`src: the median file has ${median} lines, at most ${MEDIAN_LIMIT}`);
  }
  return faults;
}

/**
 * @param {string[]} names paths below src/
 * @returns {string[]} one line for each file outside the rooms
 */
export function roomFaults(names) {
  return names
    .filter((name) => !ROOMS.includes(name.split('/')[0]))
    .map((name) => `src/${name}: not in a room; the rooms are ${ROOMS.join(', ')}`);
}

function main() {
  const source = join(projectRoot, 'src');
  const paths = filesBelow(source);
  const files = paths
    .filter((path) => /\.(ts|mts|js|mjs)$/.test(path))
    .map((path) => ({ name: relative(projectRoot, path), text: readFileSync(path, 'utf8') }));
  const faults = [
    ...roomFaults(paths.map((path) => relative(source, path))),
    ...sourceFaults(files),
  ];
  for (const fault of faults) console.error(fault);
  console.log(`sources: ${files.length} files checked, ${faults.length} faults`);
  process.exitCode = faults.length === 0 ? 0 : 1;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) main();
