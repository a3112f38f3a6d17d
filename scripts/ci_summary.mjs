// Last line of .ci/run: all parts added up. Arguments: `part=exit code` of each. A part that counts its
// results leaves them in .setup/PART_counts.json (with _ for -); one that does not is one result. A part that failed
// without counting anything (the set-up, for one) counts as one failure.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot } from './setup/stamp.mjs';
import { closingLine, readReport } from './test_report.mjs';

/** Parts that always count their own results. */
const COUNTING = ['test', 'check'];

/**
 * @param {{part: string, ok: boolean, counts?: {passed: number, failed: number}}[]} parts
 * @returns {{passed: number, failed: number}}
 */
export function addUp(parts) {
  const total = { passed: 0, failed: 0 };
  for (const { part, ok, counts } of parts) {
    const single = counts === undefined && !COUNTING.includes(part) && ok ? 1 : 0;
    total.passed += counts?.passed ?? single;
    total.failed += Math.max(counts?.failed ?? 0, ok ? 0 : 1);
  }
  return total;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const parts = process.argv.slice(2).map((argument) => {
    const [part, code] = argument.split('=');
    const counts = readReport(
      join(projectRoot, '.setup', `${part.replaceAll('-', '_')}_counts.json`),
    );
    return { part, ok: code === '0', counts };
  });
  const total = addUp(parts);
  console.log(closingLine(total));
  process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
}
