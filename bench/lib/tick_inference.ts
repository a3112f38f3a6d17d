/** Inference at full load for the tick benchmark: one chunk after the other on all cores. */
import { availableParallelism } from 'node:os';
import { ObservationBlock } from '../../src/policy/observation_block.js';
import { loadPackage } from '../../src/policy/package_file.js';
import { PolicyProgram } from '../../src/policy/program/policy_program.js';

const source = loadPackage(process.argv[2] ?? '');
const program = await PolicyProgram.open(source, { threads: availableParallelism() });
const observation = new ObservationBlock(source.spec);
let chunks = 0;
process.on('SIGTERM', () => {
  console.log(chunks);
  process.exit(0);
});
console.log('ready');
for (;;) {
  for (const key of observation.keys) {
    for (let step = 0; step < observation.steps; step++) {
      // A new stamp each time, so that no picture's features are kept.
      observation.setStamp(key, step, chunks + step / observation.steps);
    }
  }
  await program.infer(observation, (_draw, out) => out.fill(0.5));
  chunks++;
  await new Promise((next) => setImmediate(next));
}
