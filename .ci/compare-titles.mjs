#!/usr/bin/env node
/**
 * Compares the test titles of two vitest JSON reports, wherever the tests are:
 *   node .ci/compare-titles.mjs BEFORE.json AFTER.json
 * Prints the full names that are gone and those that are new. Reasons for a skip, in parentheses, are ignored.
 */
import { readFileSync } from 'node:fs';

const [before, after] = process.argv.slice(2);
if (after === undefined) {
  console.error('Usage: node .ci/compare-titles.mjs BEFORE.json AFTER.json');
  process.exit(2);
}

/** How often each full name occurs. */
function titlesOf(file) {
  const { testResults } = JSON.parse(readFileSync(file, 'utf8'));
  const counts = new Map();
  for (const { assertionResults } of testResults)
    for (const { fullName } of assertionResults) {
      const title = fullName.replaceAll(/ \(skipped: [^)]*\)/g, '').trim();
      counts.set(title, (counts.get(title) ?? 0) + 1);
    }
  return counts;
}

/** Names that `some` has more often than `others`, sorted. */
function missingFrom(others, some) {
  return [...some]
    .flatMap(([title, count]) => Array(Math.max(0, count - (others.get(title) ?? 0))).fill(title))
    .toSorted();
}

const total = (titles) => [...titles.values()].reduce((sum, count) => sum + count, 0);
const [old, current] = [titlesOf(before), titlesOf(after)];
const gone = missingFrom(current, old);
const added = missingFrom(old, current);
for (const title of gone) console.log(`- ${title}`);
for (const title of added) console.log(`+ ${title}`);
console.log(
  `${total(old)} before, ${total(current)} after: ${gone.length} gone, ${added.length} new`,
);
