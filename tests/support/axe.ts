import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const axeScript = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

interface AxeRule {
  id: string;
  nodes: { html: string; failureSummary: string }[];
}

/** The findings of axe-core, which is evaluated because the page's policy would refuse it as a script. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(await readFile(axeScript, 'utf8'));
  const found = await page.evaluate<AxeRule[]>('axe.run().then(({ violations }) => violations)');
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  );
}
