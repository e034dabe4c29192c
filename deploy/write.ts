import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { derivedFiles } from './derived-files.ts';

const help = `Writes the derived files of deploy/: the dashboard from deploy/grafana/rows.ts, and the
PrometheusRule for Kubernetes from deploy/prometheus/rules.

  npx tsx deploy/write.ts            writes them
  npx tsx deploy/write.ts --check    fails if one is not up to date
`;

const { values } = parseArgs({
  options: { check: { type: 'boolean' }, help: { type: 'boolean' } },
});

async function write(path: string, content: string): Promise<void> {
  await writeFile(join(import.meta.dirname, path), content);
  console.log(`wrote deploy/${path}`);
}

async function check(path: string, content: string): Promise<void> {
  if ((await readFile(join(import.meta.dirname, path), 'utf8')) === content) return;
  console.error(`deploy/${path} is not up to date: run npx tsx deploy/write.ts`);
  process.exitCode = 1;
}

if (values.help) console.log(help);
else {
  const treat = values.check ? check : write;
  for (const [path, content] of await derivedFiles()) await treat(path, content);
}
