import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { withoutPrometheus } from '../support/prometheus/prometheus.ts';

const folder = new URL('../../deploy/prometheus/', import.meta.url);

const rulesSchema = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.object({
          alert: z.string().optional(),
          labels: z.record(z.string(), z.string()).optional(),
          annotations: z.record(z.string(), z.string()).optional(),
        }),
      ),
    }),
  ),
});
const testsSchema = z.object({
  tests: z.array(
    z.object({
      alert_rule_test: z.array(
        z.object({ alertname: z.string(), exp_alerts: z.array(z.unknown()) }),
      ),
    }),
  ),
});

function readAll<Schema extends z.ZodType>(below: string, schema: Schema): z.infer<Schema>[] {
  const names = readdirSync(new URL(below, folder));
  return names.map((name) =>
    schema.parse(parse(readFileSync(new URL(below + name, folder), 'utf8'))),
  );
}

const alerts = readAll('rules/', rulesSchema)
  .flatMap(({ groups }) => groups.flatMap(({ rules }) => rules))
  .filter(({ alert }) => alert !== undefined);
const tests = readAll('tests/', testsSchema).flatMap(({ tests }) =>
  tests.flatMap((test) => test.alert_rule_test),
);

describe('each alert', () => {
  it.each(alerts)('$alert has a severity and says what is wrong and what to do', (alert) => {
    expect(alert.labels!.severity).toMatch(/^(page|ticket)$/);
    const { summary, description, runbook_url: runbook } = alert.annotations!;
    expect(summary).toBeTruthy();
    expect(description).toBeTruthy();
    expect(runbook).toBe(`deploy/README.md#${alert.alert!.toLowerCase()}`);
  });

  it.each(alerts)(
    '$alert has a unit test in which it fires, and one in which it does not',
    (alert) => {
      const own = tests.filter(({ alertname }) => alertname === alert.alert);
      expect(own.some((test) => test.exp_alerts.length > 0)).toBe(true);
      expect(own.some((test) => test.exp_alerts.length === 0)).toBe(true);
    },
  );
});

describe('promtool', () => {
  it.skipIf(withoutPrometheus)(
    `accepts the rules and finds that they do what their unit tests say ${withoutPrometheus ?? ''}`,
    async () => {
      const { stdout } = await promisify(execFile)('deploy/prometheus/check.sh');
      expect(stdout).not.toContain('FAILED');
      expect(stdout.match(/Unit Testing/g)).toHaveLength(6);
    },
  );
});
