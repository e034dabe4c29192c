import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { dashboardOf } from './grafana/dashboard.ts';
import { rows } from './grafana/rows.ts';

const rulesFolder = join(import.meta.dirname, 'prometheus/rules');

/** The content of all derived files, by their paths below deploy/. */
export async function derivedFiles(): Promise<Map<string, string>> {
  return new Map([
    ['grafana/face-age.json', `${JSON.stringify(dashboardOf(rows), null, 2)}\n`],
    ['kubernetes/monitoring/prometheus-rule.yaml', await prometheusRule()],
  ]);
}

/** The alert rules as a resource of the Prometheus operator. */
async function prometheusRule(): Promise<string> {
  const names = (await readdir(rulesFolder)).toSorted();
  const groups = await Promise.all(names.map((name) => groupsIn(join(rulesFolder, name))));
  const resource = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'face-age' },
    spec: { groups: groups.flat() },
  };
  const note = '# Generated from deploy/prometheus/rules by `npx tsx deploy/write.ts`.\n';
  return note + stringify(resource, { lineWidth: 0 });
}

async function groupsIn(file: string): Promise<unknown[]> {
  const { groups } = parse(await readFile(file, 'utf8')) as { groups: unknown[] };
  return groups;
}
