/** Runs `sinew check`; exit code 1 when the package has a fault. */
import { checkPackage } from '../policy/package_check.js';

/** Prints one line for each fault, or one line that says all is well. */
export async function runCheck(
  dir: string,
  { threads, json }: { threads: number; json: boolean },
): Promise<void> {
  const report = await checkPackage(dir, threads);
  const { faults, name, parity, variants = {} } = report;
  if (faults.length > 0) process.exitCode = 1;
  if (json) {
    process.stdout.write(`${JSON.stringify({ dir, ok: faults.length === 0, ...report })}\n`);
    return;
  }
  for (const fault of faults) process.stderr.write(`${dir}: ${fault}\n`);
  if (faults.length > 0) return;
  const results = [[name, parity], ...Object.entries(variants)] as const;
  for (const [what, result] of results) {
    const error = result?.error.toExponential(1);
    process.stdout.write(
      `${dir}: ok: ${what}, parity error ${error} rad (at most ${result?.tolerance})\n`,
    );
  }
}
