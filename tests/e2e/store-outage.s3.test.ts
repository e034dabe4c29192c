import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  modelsAnswerSchema,
  type ModelsAnswer,
} from '../../src/serving/http/routes/models-answer.ts';
import { ClientLoad } from '../support/client-load.ts';
import {
  startFaultyProxy,
  type Fault,
  type FaultyProxy,
  type ProxiedRequest,
} from '../support/fakes/faulty-proxy.ts';
import { grayJpeg } from '../support/gray-photo.ts';
import { createModelFolder, type ModelFolder } from '../support/models/model-folder.ts';
import { writeTinyArtifact } from '../support/models/tiny-artifact.ts';
import {
  createBucket,
  s3Endpoint,
  s3Environment,
  withoutS3,
  type TestBucket,
} from '../support/s3-bucket.ts';
import { startService, type ServiceProcess } from '../support/service-process.ts';

let folder: ModelFolder;
let bucket: TestBucket;
let proxy: FaultyProxy;
let service: ServiceProcess | undefined;
let address: string;
let load: ClientLoad | undefined;
const cache = mkdtempSync(path.join(tmpdir(), 'face-age-outage-'));

/** Publishes a version past the proxy, and points the alias at it. */
async function publish(version: number): Promise<void> {
  await writeTinyArtifact(folder, version);
  await folder.writeAlias('production', version);
  for (const file of [
    `${version}/model.onnx`,
    `${version}/manifest.json`,
    'aliases/production.json',
  ])
    await bucket.put(`face-age/${file}`, await readFile(path.join(folder.root, 'face-age', file)));
}

async function start(settings: Record<string, string> = {}): Promise<void> {
  service = startService({
    ...s3Environment(proxy.endpoint),
    MODEL_REGISTRY: `s3://${bucket.name}`,
    MODEL_CACHE_DIR: cache,
    REGISTRY_POLL_SECONDS: '1',
    ENGINE: 'onnxruntime',
    ...settings,
  });
  address = String((await service.untilLogged('listening')).address);
}

async function models(): Promise<ModelsAnswer> {
  return modelsAnswerSchema.parse(await (await fetch(`${address}/v1/models`)).json());
}

async function predict(): Promise<number> {
  const headers = { 'Content-Type': 'image/jpeg' };
  const body = new Uint8Array(await grayJpeg(100));
  return (await fetch(`${address}/v1/predict`, { method: 'POST', headers, body })).status;
}

/** Longer than the time-outs of the registry's client. */
const eventually = <Result>(check: () => Promise<Result> | Result): Promise<Result> =>
  vi.waitFor(check, { timeout: 120_000, interval: 50 });

const away: Fault = { kind: 'cut', afterBytes: 0 };
type FaultRule = (request: ProxiedRequest) => Fault | undefined;
const onAll =
  (fault: Fault): FaultRule =>
  () =>
    fault;
const onDownloads =
  (fault: Fault): FaultRule =>
  ({ method, path: requested }) =>
    method === 'GET' && requested.includes('/model.onnx') ? fault : undefined;

beforeAll(async () => {
  if (withoutS3) return;
  folder = await createModelFolder();
  bucket = await createBucket();
  proxy = await startFaultyProxy(s3Endpoint);
  await publish(1);
});
afterEach(async () => {
  await load?.stop();
  service?.child.kill('SIGKILL');
  await service?.ended;
});
afterAll(async () => {
  rmSync(cache, { recursive: true, force: true });
  if (withoutS3) return;
  await proxy.close();
  await bucket.remove();
  await folder.remove();
});

describe.skipIf(withoutS3 !== '')(
  `a service whose store fails${withoutS3}`,
  { timeout: 300_000 },
  () => {
    it('listens without a model while nothing is cached, and serves when the store is back', async () => {
      proxy.fault = onAll(away);
      await start();
      await eventually(async () => expect((await models()).reason).not.toBeNull());
      expect(await predict()).toBe(503);
      proxy.fault = () => undefined;
      await eventually(async () => expect((await models()).current?.version).toBe(1));
      expect(await predict()).toBe(200);
    });

    it.each([
      ['is away', {}, onAll(away)],
      ['rejects its credentials', { AWS_SECRET_ACCESS_KEY: 'wrong' }, () => undefined],
    ])('starts from its cache while the store %s', async (_what, settings, fault) => {
      proxy.fault = fault;
      await start(settings);
      await service!.untilLogged('model serves');
      expect(await predict()).toBe(200);
      expect((await models()).current?.version).toBe(1);
      proxy.fault = () => undefined;
    });

    it('answers every request through outages, and follows its alias after each', async () => {
      await start();
      await service!.untilLogged('model serves');
      load = new ClientLoad({
        url: `${address}/v1/predict`,
        photo: await grayJpeg(100),
        connections: 2,
      });
      const outages = [
        onAll(away),
        onAll({ kind: 'refuse', status: 500 }),
        onAll({ kind: 'refuse', status: 403 }),
        onDownloads({ kind: 'cut', afterBytes: 500 }),
        onDownloads({ kind: 'stall', afterBytes: 500 }),
      ];
      for (const [index, fault] of outages.entries()) {
        const version = 2 + index;
        const before = proxy.requests.length;
        proxy.fault = fault;
        await publish(version);
        // The server has met the fault at least once.
        await eventually(() =>
          expect(proxy.requests.slice(before).some((each) => fault(each) !== undefined)).toBe(true),
        );
        expect((await models()).current?.version).toBe(version - 1);
        proxy.fault = () => undefined;
        await eventually(async () => expect((await models()).current?.version).toBe(version));
      }
      await load.stop();
      expect(load.failed()).toEqual([]);
      expect(new Set(load.requests.map(({ version }) => version)).size).toBeGreaterThan(1);
    });
  },
);
