// Last line of .ci/run: tests and checks added up. Arguments: the exit codes of both; a part that
// failed without counting anything (the set-up, for one) counts as one failure.
import { join } from 'node:path';
import { projectRoot } from './setup/stamp.mjs';
import { closingLine, readReport } from './test_report.mjs';

const total = { passed: 0, failed: 0 };
['test', 'check'].forEach((part, index) => {
  const ok = process.argv[2 + index] === '0';
  const counts = readReport(join(projectRoot, '.setup', `${part}_counts.json`));
  total.passed += counts?.passed ?? 0;
  total.failed += Math.max(counts?.failed ?? 0, ok ? 0 : 1);
});
console.log(closingLine(total));
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
