/** Where the project lies: three folders above this file, in src/ as in dist/. */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Absolute path. */
export const projectFolder = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
