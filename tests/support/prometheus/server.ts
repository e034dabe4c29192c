import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { pathOf } from './prometheus.ts';

const resultSchema = z.object({
  data: z.object({
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        value: z.tuple([z.number(), z.string()]),
      }),
    ),
  }),
});
const rulesSchema = z.object({
  data: z.object({
    groups: z.array(
      z.object({
        rules: z.array(
          z.object({
            name: z.string(),
            health: z.string(),
            lastError: z.string().optional(),
            state: z.string().optional(),
          }),
        ),
      }),
    ),
  }),
});

export type Series = z.infer<typeof resultSchema>['data']['result'][number];
export type RuleState = z.infer<typeof rulesSchema>['data']['groups'][number]['rules'][number];

/** A Prometheus server for one test. */
export interface PrometheusServer {
  /** The current result of a query. @throws Error with Prometheus's message if it cannot be evaluated */
  query(expr: string): Promise<Series[]>;
  rules(): Promise<RuleState[]>;
  stop(): Promise<void>;
}

/**
 * Starts Prometheus with the configuration of deploy/prometheus and every interval set to one second.
 * @param targets `host:port` of each job, instead of those in the configuration
 * @param token what the jobs with a token send
 */
export async function startPrometheus(
  targets: Record<string, string>,
  token: string,
): Promise<PrometheusServer> {
  const folder = await mkdtemp(join(tmpdir(), 'face-age-prometheus-'));
  const port = await freePort();
  const config = new URL('../../../deploy/prometheus/prometheus.yaml', import.meta.url);
  const tokenFile = join(folder, 'token');
  await writeFile(tokenFile, token);
  await writeFile(
    join(folder, 'prometheus.yaml'),
    configuration(await readFile(config, 'utf8'), targets, tokenFile),
  );
  const child = spawn(
    pathOf('prometheus')!,
    [
      `--config.file=${join(folder, 'prometheus.yaml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: 'ignore' },
  );
  const ended = once(child, 'close');
  const ask = async (path: string): Promise<unknown> => {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`);
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`${path}: ${JSON.stringify(answer)}`);
    return answer;
  };
  return {
    query: async (expr) =>
      resultSchema.parse(await ask(`query?query=${encodeURIComponent(expr)}`)).data.result,
    rules: async () =>
      rulesSchema.parse(await ask('rules')).data.groups.flatMap(({ rules }) => rules),
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const configSchema = z.looseObject({
  scrape_configs: z.array(
    z.looseObject({ job_name: z.string(), authorization: z.unknown().optional() }),
  ),
});

function configuration(text: string, targets: Record<string, string>, tokenFile: string): string {
  const config = configSchema.parse(parse(text));
  const rules = new URL('../../../deploy/prometheus/rules/*.yaml', import.meta.url);
  return stringify({
    ...config,
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: [decodeURIComponent(rules.pathname)],
    scrape_configs: config.scrape_configs.map((job) => ({
      ...job,
      ...(job.authorization === undefined
        ? {}
        : { authorization: { credentials_file: tokenFile } }),
      static_configs: [{ targets: [targets[job.job_name]] }],
    })),
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
