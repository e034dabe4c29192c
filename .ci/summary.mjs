/**
 * Prints the tests that failed in any run of the suite, then the counts: the failures of all runs, and what passed and was
 * skipped in the last one.
 *   node .ci/summary.mjs FAILED REPORT.json…
 * FAILED is 0 if every step succeeded. A report of vitest that is missing, unreadable or without success counts as a failure.
 */
import { readFileSync } from 'node:fs';
import { basename, relative } from 'node:path';

const [stepsFailed, ...files] = process.argv.slice(2);
const reports = files.map((file) => {
  try {
    return { run: basename(file, '.json'), ...JSON.parse(readFileSync(file, 'utf8')) };
  } catch {
    return { run: basename(file, '.json') };
  }
});

/** The failed tests of a file, or the file itself where it did not load. */
function failuresOf({ name, status, message = '', assertionResults }) {
  const file = relative(process.cwd(), name);
  const failed = assertionResults.filter((test) => test.status === 'failed');
  if (failed.length > 0) return failed.map(({ fullName }) => `${file} > ${fullName}`);
  return status === 'failed' ? [`${file}: ${message.split('\n', 1)[0]}`] : [];
}

const failures = reports.flatMap(({ run, testResults = [] }) =>
  testResults.flatMap(failuresOf).map((failure) => `failed in ${run}: ${failure}`),
);
if (failures.length > 0) console.log(`${failures.join('\n')}\n`);

const isClean = stepsFailed === '0' && reports.every(({ success }) => success === true);
const failed = Math.max(failures.length, isClean ? 0 : 1);
const { numPassedTests = 0, numPendingTests = 0, numTodoTests = 0 } = reports.at(-1) ?? {};
console.log(
  `${numPassedTests} passed, ${failed} failed, ${numPendingTests + numTodoTests} skipped`,
);
