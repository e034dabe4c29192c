import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { settingsSchema } from '../../src/common/config/config.ts';

const serviceSchema = z.strictObject({
  image: z.string(),
  build: z.strictObject({ context: z.string(), target: z.string() }).optional(),
  command: z.array(z.string()).optional(),
  entrypoint: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).optional(),
  ports: z.array(z.string()).optional(),
  volumes: z.array(z.string()).optional(),
  tmpfs: z.array(z.string()).optional(),
  restart: z.enum(['unless-stopped', 'on-failure']).optional(),
  depends_on: z
    .union([
      z.array(z.string()),
      z.record(
        z.string(),
        z.strictObject({ condition: z.enum(['service_completed_successfully']) }),
      ),
    ])
    .optional(),
  read_only: z.boolean().optional(),
  cap_drop: z.array(z.string()).optional(),
  security_opt: z.array(z.string()).optional(),
  stop_grace_period: z.string().optional(),
  mem_limit: z.string().optional(),
  secrets: z.array(z.string()).optional(),
});
const composeSchema = z.object({
  name: z.string(),
  services: z.record(z.string(), serviceSchema),
  volumes: z.record(z.string(), z.null()),
  secrets: z.record(z.string(), z.strictObject({ environment: z.string() })),
});

const folder = 'deploy';
const compose = composeSchema.parse(
  parse(readFileSync(join(folder, 'compose.yaml'), 'utf8'), { merge: true }),
);
const services = Object.entries(compose.services);
const service = compose.services['face-age']!;

describe('compose.yaml', () => {
  it('starts service, store, Prometheus, Pushgateway and Grafana', () => {
    expect(Object.keys(compose.services)).toEqual(
      expect.arrayContaining(['face-age', 'store', 'prometheus', 'pushgateway', 'grafana']),
    );
  });

  it.each(services)('%s mounts existing files and volumes', (_name, { volumes = [] }) => {
    for (const volume of volumes) {
      const [source] = volume.split(':');
      const exists = source!.startsWith('.')
        ? existsSync(join(folder, source!))
        : Object.hasOwn(compose.volumes, source!);
      expect(exists, source).toBe(true);
    }
  });

  it.each(services)('%s depends on existing services', (_name, { depends_on = [] }) => {
    const awaited = Array.isArray(depends_on) ? depends_on : Object.keys(depends_on);
    for (const other of awaited) expect(Object.keys(compose.services)).toContain(other);
  });

  it.each(services)(
    '%s is reachable only from this machine, and its image is pinned or built',
    (_name, own) => {
      for (const port of own.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
      if (own.build === undefined) expect(own.image).toMatch(/:[^\d:]*\d[^:]*$/);
      else expect(existsSync(join(folder, own.build.context, 'Dockerfile'))).toBe(true);
    },
  );

  it('sets only existing settings', () => {
    const own = Object.keys(service.environment!).filter((name) => !name.startsWith('AWS_'));
    expect(Object.keys(settingsSchema.shape)).toEqual(expect.arrayContaining(own));
  });

  it('holds no secret', () => {
    const text = readFileSync(join(folder, 'compose.yaml'), 'utf8');
    for (const [, value] of text.matchAll(/(?:TOKEN|SECRET\w*|PASSWORD): (.*)/g))
      expect(value).toMatch(/^\$\{/);
  });

  it('lets the server only read the models, as a user of its own', () => {
    const policySchema = z.object({
      Statement: z.array(z.object({ Effect: z.literal('Allow'), Action: z.array(z.string()) })),
    });
    const policy = policySchema.parse(
      JSON.parse(readFileSync(join(folder, 'store/server-policy.json'), 'utf8')),
    );
    const actions = policy.Statement.flatMap(({ Action }) => Action);
    expect(actions.toSorted()).toEqual(['s3:GetBucketLocation', 's3:GetObject', 's3:ListBucket']);
    const { AWS_ACCESS_KEY_ID: user } = service.environment!;
    expect(user).not.toBe(compose.services.store!.environment!.MINIO_ROOT_USER);
    const [command] = compose.services.bucket!.command!;
    expect(command).toContain(`mc admin policy attach store face-age-server --user ${user}`);
    expect(JSON.stringify(service.environment)).not.toContain('STORE_SECRET');
  });

  it('gives the service no privileges, and writable mounts for what it writes', () => {
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
    const { MODEL_CACHE_DIR, RETRAIN_STATE_DIR } = service.environment!;
    for (const written of [MODEL_CACHE_DIR!, RETRAIN_STATE_DIR!])
      expect(service.tmpfs!.some((mount) => written.startsWith(mount.split(':')[0]!))).toBe(true);
  });

  it('gives Prometheus the token that opens the metrics where API keys are set', () => {
    const scraped = readFileSync(join(folder, 'prometheus/prometheus.yaml'), 'utf8');
    const secret = /credentials_file: \/run\/secrets\/(\S+)/.exec(scraped)![1]!;
    expect(compose.services.prometheus!.secrets).toEqual([secret]);
    expect(compose.secrets[secret]).toEqual({ environment: 'ADMIN_TOKEN' });
    expect(service.environment!.ADMIN_TOKEN).toMatch(/^\$\{ADMIN_TOKEN/);
  });

  it('has Prometheus scrape the services, and Grafana load the dashboards', () => {
    const scraped = readFileSync(join(folder, 'prometheus/prometheus.yaml'), 'utf8');
    for (const [, host] of scraped.matchAll(/'([\w-]+):\d+'/g))
      expect(Object.keys(compose.services)).toContain(host);
    const provider = readFileSync(
      join(folder, 'grafana/provisioning/dashboards/face-age.yaml'),
      'utf8',
    );
    const path = /path: (\S+)/.exec(provider)![1]!;
    expect(compose.services.grafana!.volumes).toContain(
      `./grafana/face-age.json:${path}/face-age.json:ro`,
    );
  });
});
