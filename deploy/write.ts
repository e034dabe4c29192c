import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { derivedFiles } from './derived-files.ts';

const help = `Writes what deploy/ derives from its own sources: the dashboard from deploy/grafana/rows.ts, and the
PrometheusRule for Kubernetes from deploy/prometheus/rules.

  npx tsx deploy/write.ts            writes them
  npx tsx deploy/write.ts --check    fails where one is not what it should be
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
