/** `sinew doctor`: a line for each part that sinew needs of this computer, and its cure. */
import type { Command } from 'commander';

/** Adds the command to `program`. */
export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description(
      'check what sinew needs of this computer; exit 1 if something essential is missing',
    )
    .addHelpText('after', '\nExample:\n  npx sinew doctor')
    .action(async () => {
      const { diagnosisLine, examine, exitCodeOf } = await import('./doctor/probe.js');
      const { PROBES } = await import('./doctor/probes.js');
      const diagnoses = [];
      for (const probe of PROBES) {
        const diagnosis = await examine(probe);
        diagnoses.push(diagnosis);
        process.stdout.write(`${diagnosisLine(diagnosis)}\n`);
      }
      process.exitCode = exitCodeOf(diagnoses);
    });
}
