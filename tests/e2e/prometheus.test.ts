import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rows } from '../../deploy/grafana/rows.ts';
import { referenceOf } from '../../src/registry/drift/reference-histograms.ts';
import { RetrainRunMetrics } from '../../src/common/metrics/retrain-run-metrics.ts';
import { eventually } from '../support/eventually.ts';
import { fakeNvidiaSmi, type FakeNvidiaSmi } from '../support/fakes/fake-nvidia-smi.ts';
import { fakeCommandSetting } from '../support/fakes/fake-retraining.ts';
import { grayJpeg } from '../support/gray-photo.ts';
import { createModelFolder, type ModelFolder } from '../support/models/model-folder.ts';
import { withoutPrometheus } from '../support/prometheus/prometheus.ts';
import { startPrometheus, type PrometheusServer } from '../support/prometheus/server.ts';
import { startService, type ServiceProcess } from '../support/service-process.ts';
import { writeTinyArtifact } from '../support/models/tiny-artifact.ts';

const TOKEN = 'a-token-of-16-or-more';
/** Metrics need the token where API keys are set. */
const KEY = 'the-key-of-the-shop';
const apiKeys = `shop:${createHash('sha256').update(KEY).digest('hex')}`;
/** Fewest that a drift window may have. */
const WINDOW_PHOTOS = 50;
const PHOTOS = 150;

let models: ModelFolder;
let state: string;
/** Two GPUs, which this machine need not have. */
let gpus: FakeNvidiaSmi;
let service: ServiceProcess;
let address: string;
let pushed: Server;
let prometheus: PrometheusServer;

/** The last run of a retraining that has ended, as a Pushgateway would keep exposing it. */
function lastRun(): Promise<string> {
  return new RetrainRunMetrics({
    model: 'face-age',
    totals: { hold: { runs: 2, lastAt: new Date().toISOString() } },
    seconds: { train: 60, gate: 5 },
    versions: { champion: { version: 1, mae: 5 }, challenger: { version: 2, mae: 5.1 } },
  }).text();
}

/** @param client decides whether the canary answers */
async function predict(body: Buffer, client: number): Promise<Response> {
  const headers = {
    'Content-Type': 'image/jpeg',
    'X-Client-Key': String(client),
    'X-API-Key': KEY,
  };
  return fetch(`${address}/v1/predict`, { method: 'POST', headers, body: new Uint8Array(body) });
}

/** Traffic of every kind that has series of its own. */
async function sendTraffic(age: number): Promise<void> {
  for (let photo = 0; photo < PHOTOS; photo++) {
    expect((await predict(await grayJpeg(60 + photo), photo)).status).toBe(200);
  }
  expect((await predict(Buffer.from('no photo'), 1)).status).toBe(415);
  const form = new FormData();
  form.append('image', new Blob([new Uint8Array(await grayJpeg(50 + age))]), 'a.jpg');
  form.append('age', String(age));
  const reported = await fetch(`${address}/v1/feedback`, {
    method: 'POST',
    headers: { 'X-API-Key': KEY },
    body: form,
  });
  expect(reported.status).toBe(201);
}

async function startServing(): Promise<void> {
  models = await createModelFolder();
  state = await mkdtemp(join(tmpdir(), 'face-age-watched-'));
  const manifest = await writeTinyArtifact(models);
  const brightness = Array.from({ length: 400 }, (_, photo) => photo % 256);
  const reference = referenceOf({ brightness });
  await models.write('1/manifest.json', JSON.stringify({ ...manifest, reference }));
  await models.writeAlias('production', 1);
  await writeTinyArtifact(models, 2);
  await models.writeAlias('shadow', 2);
  const pointer = { version: 2, weight: 0.5, updatedAt: '2024-01-01T00:00:00Z', by: 'tests' };
  await models.write('aliases/canary.json', JSON.stringify(pointer));
  gpus = await fakeNvidiaSmi(
    "while printf '0, 1024, 81920, 37\\n1, 2048, 81920, 0\\n'; do sleep 1; done",
  );
  service = startService({
    PATH: `${gpus.folder}${delimiter}${process.env.PATH}`,
    GPU_METRICS: 'on',
    MODEL_REGISTRY: models.root,
    ENGINE: 'onnxruntime',
    ADMIN_TOKEN: TOKEN,
    API_KEYS: apiKeys,
    FEEDBACK_STORE: join(state, 'feedback'),
    DRIFT_WINDOW_PHOTOS: String(WINDOW_PHOTOS),
    RETRAIN_COMMAND: fakeCommandSetting('end:hold'),
    RETRAIN_STATE_DIR: state,
  });
  address = String((await service.untilLogged('listening')).address);
  await service.untilLogged('model serves');
}

beforeAll(async () => {
  if (withoutPrometheus) return;
  await startServing();
  pushed = createServer((_request, response) => void lastRun().then((text) => response.end(text)));
  await new Promise<void>((resolve) => pushed.listen(0, '127.0.0.1', resolve));
  prometheus = await startPrometheus(
    {
      'face-age': new URL(address).host,
      'face-age-retrain': `127.0.0.1:${(pushed.address() as AddressInfo).port}`,
    },
    TOKEN,
  );
  await eventually(async () =>
    expect(await prometheus.query('up{job="face-age"} == 1')).toHaveLength(1),
  );
  await sendTraffic(40);
  // The first sample of a series has no increase, so each series must have been scraped once before.
  for (const late of ['feedback_absolute_error_years', 'shadow_difference_years']) {
    await eventually(async () =>
      expect(await prometheus.query(`face_age_${late}_count`)).toHaveLength(1),
    );
  }
  await sendTraffic(41);
  const headers = { authorization: `Bearer ${TOKEN}` };
  await fetch(`${address}/v1/admin/retrain`, { method: 'POST', headers });
  await service.untilLogged('retraining ended');
});
afterAll(async () => {
  if (withoutPrometheus) return;
  service.child.kill('SIGKILL');
  await prometheus.stop();
  pushed.close();
  await models.remove();
  await gpus.remove();
  await rm(state, { recursive: true, force: true });
});

describe.skipIf(withoutPrometheus)(
  `a Prometheus that watches a server ${withoutPrometheus ?? ''}`,
  () => {
    it('evaluates every rule, and none fires for a healthy server', async () => {
      await eventually(async () => {
        const rules = await prometheus.rules();
        expect(rules.map(({ health }) => health)).toEqual(rules.map(() => 'ok'));
        expect(rules.length).toBeGreaterThan(40);
      });
      const rules = await prometheus.rules();
      const alarmed = rules.filter(({ state }) => state === 'firing').map(({ name }) => name);
      expect(alarmed).toEqual([]);
    });

    const queries = rows.flatMap(({ title: row, panels }) =>
      panels.flatMap(({ title, queries: own }) => own.map(({ expr }) => ({ row, title, expr }))),
    );
    it.each(queries)('has series for $row: $title: $expr', async ({ expr }) => {
      const filled = expr.replaceAll('$job', '.*').replaceAll('$__rate_interval', '1m');
      await eventually(async () => {
        const series = await prometheus.query(filled);
        expect(series.length).toBeGreaterThan(0);
        expect(series.some(({ value: [, figure] }) => Number.isFinite(Number(figure)))).toBe(true);
      });
    });
  },
);
