import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { knownNames } from '../../src/common/config/programs.ts';
import { createMetrics } from '../../src/common/metrics/metrics.ts';
import { readPage } from '../support/markdown.ts';

const runbook = readFileSync('deploy/README.md', 'utf8');
const rule = z.looseObject({
  alert: z.string().optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});
const resource = z.object({
  spec: z.object({ groups: z.array(z.object({ rules: z.array(rule) })) }),
});
const { spec } = resource.parse(
  parse(readFileSync('deploy/kubernetes/monitoring/prometheus-rule.yaml', 'utf8')),
);
const alerts = spec.groups.flatMap(({ rules }) => rules).filter((own) => own.alert !== undefined);

const { anchors } = readPage(runbook);
const headings = [...runbook.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading!);

describe('the runbook', () => {
  it.each(alerts)('has the section that the link of $alert points to', ({ annotations }) => {
    const [file, anchor] = annotations!.runbook_url!.split('#');
    expect(file).toBe('deploy/README.md');
    expect(anchors).toContain(anchor);
  });

  it('has no section for an alert that does not exist', () => {
    const sections = headings.filter((heading) => heading.startsWith('FaceAge'));
    expect(sections.toSorted()).toEqual(alerts.map(({ alert }) => alert!).toSorted());
  });

  it('names only existing metrics and settings', () => {
    const known = new Set(knownNames);
    for (const { name } of createMetrics().registry.getMetricsAsArray()) known.add(name);
    const named = [...runbook.matchAll(/`([A-Z][A-Z_]{4,})`|(face_age_\w+)/g)];
    const names = new Set(named.map(([, setting, metric]) => setting ?? metric!));
    const ofOthers = /^(?:ADMIN|NODE_OPTIONS|DCGM_FI_.*)$/;
    const unknown = [...names].filter((name) => !known.has(name) && !ofOthers.test(name));
    expect(unknown).toEqual([]);
  });
});
