// Counts what a vitest JSON report says, in the form that scripts/test.mjs and .ci/run print.
import { readFileSync } from 'node:fs';

/** @returns {object | undefined} the report, undefined if there is none or it is cut off */
export function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * @param {object | undefined} report vitest's JSON report
 * @returns {{passed: number, failed: number, skipped: number}} a file that could not be run counts as
 *   one failure, and so does a missing report
 */
export function countResults(report) {
  if (!report) return { passed: 0, failed: 1, skipped: 0 };
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((t) => t.status === 'failed'),
  ).length;
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken,
    skipped: report.numPendingTests + (report.numTodoTests ?? 0),
  };
}

/** @returns {string} the line that ends a run */
export function closingLine({ passed, failed, skipped = 0 }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
