// `--import` this to run TypeScript of bench/ without a build: what it imports from src/ is the
// compiled code in dist/, so that a benchmark measures what users run.
import { register } from 'node:module';

register('./typescript_hooks.mjs', import.meta.url);
