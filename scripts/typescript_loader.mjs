// `--import` this to run TypeScript of bench/ without a build: what it imports from src/ is the
// compiled code in dist/, so that a benchmark measures what users run.
import { register } from 'node:module';

register('./typescript_hooks.mjs', import.meta.url);

// A reader that has seen enough, such as `head`, ends the benchmark without a trace.
process.stdout.on('error', (error) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});
