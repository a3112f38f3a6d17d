// Stamps: a step of the set-up is skipped while the hash of all that it depends on is the one that
// it left when it last succeeded. Contents are hashed, not dates, so a fresh checkout is judged rightly.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Absolute path of the project folder. */
export const projectRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/**
 * Hashes a list of inputs; the order counts.
 * @param {unknown[]} inputs anything JSON can write
 * @returns {string} 32 hexadecimal digits
 */
export function hashOf(inputs) {
  return createHash('sha256').update(JSON.stringify(inputs)).digest('hex').slice(0, 32);
}

/** @returns {string} hash of a file's content, or 'absent' */
export function hashFile(file) {
  try {
    return createHash('sha256').update(readFileSync(file)).digest('hex');
  } catch {
    return 'absent';
  }
}

/** @returns {string[]} every file below `folder`, sorted, absolute */
export function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

/** @returns {string} hash over names and contents of all files below `folder` */
export function hashFolder(folder) {
  return hashOf(filesBelow(folder).map((file) => [relative(folder, file), hashFile(file)]));
}

/** @returns {boolean} whether the stamp at `file` holds exactly `hash` */
export function isStamped(file, hash) {
  try {
    return readFileSync(file, 'utf8').trim() === hash;
  } catch {
    return false;
  }
}

/** Records that a step succeeded. Call last, so that a step cut off runs again. */
export function writeStamp(file, hash) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${hash}\n`);
}
