import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { drawFaceJpeg } from '../../src/drawing/draw-face.ts';
import { predictAnswerSchema, type Prediction } from '../../src/serving/predict/answer.ts';
import { grayJpeg } from '../support/gray-photo.ts';
import { createModelFolder, type ModelFolder } from '../support/models/model-folder.ts';
import { startService, type ServiceProcess } from '../support/service-process.ts';
import { writeTinyArtifact } from '../support/models/tiny-artifact.ts';

let folder: ModelFolder;
let service: ServiceProcess | undefined;

beforeAll(async () => {
  folder = await createModelFolder();
  await writeTinyArtifact(folder);
  await folder.writeAlias('production', 1);
});
afterEach(() => service?.child.kill('SIGKILL'));
afterAll(() => folder.remove());

function start(settings: Record<string, string> = {}): ServiceProcess {
  service = startService({ MODEL_REGISTRY: folder.root, ENGINE: 'onnxruntime', ...settings });
  return service;
}

async function addressOf({ untilLogged }: ServiceProcess): Promise<string> {
  return String((await untilLogged('listening')).address);
}

async function predict(address: string, photo: Buffer): Promise<Response> {
  const form = new FormData();
  form.append('image', new Blob([new Uint8Array(photo)]), 'private name.jpg');
  return fetch(`${address}/v1/predict`, { method: 'POST', body: form });
}

describe('the service', () => {
  it('starts, answers a photo, and ends in good order on SIGTERM', async () => {
    const { child, untilLogged, ended, output } = start();
    const address = await addressOf(service!);
    await untilLogged('model serves');
    expect((await fetch(`${address}/readyz`)).status).toBe(200);
    const dark = predictAnswerSchema.parse(
      await (await predict(address, await grayJpeg(20))).json(),
    );
    const bright = predictAnswerSchema.parse(
      await (await predict(address, await grayJpeg(235))).json(),
    );
    const [young, old] = [dark, bright].map(
      ({ predictions: [first] }) => first as { age: { mean: number } },
    );
    expect(young!.age.mean).toBeLessThan(old!.age.mean);
    child.kill('SIGTERM');
    expect(await ended).toEqual({ code: 0, signal: null });
    expect(output()).toContain('for tests only');
    expect(output()).not.toContain('private name');
  });

  it('answers the request in flight before it ends', async () => {
    const { child, untilLogged, ended } = start();
    const address = await addressOf(service!);
    await untilLogged('model serves');
    const upload = httpRequest(`${address}/v1/predict`, {
      method: 'POST',
      headers: {
        'Content-Type': 'image/jpeg',
        'Transfer-Encoding': 'chunked',
        Expect: '100-continue',
      },
    });
    const answer = once(upload, 'response') as Promise<[IncomingMessage]>;
    upload.flushHeaders();
    await once(upload, 'continue');
    child.kill('SIGTERM');
    await untilLogged('shutting down');
    upload.end(await grayJpeg(100));
    const [{ statusCode, headers }] = await answer;
    expect(statusCode).toBe(200);
    expect(headers.connection).toBe('close');
    expect(await ended).toEqual({ code: 0, signal: null });
  });

  it('listens without a model, says why it is not ready, and serves once there is one', async () => {
    const empty = await createModelFolder();
    const { untilLogged } = start({ MODEL_REGISTRY: empty.root, REGISTRY_POLL_SECONDS: '3600' });
    const address = await addressOf(service!);
    const refused = await predict(address, await grayJpeg(100));
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ code: 'model_not_ready' });
    await writeTinyArtifact(empty);
    await empty.writeAlias('production', 1);
    service!.child.kill('SIGHUP');
    await untilLogged('model serves');
    expect((await predict(address, await grayJpeg(100))).status).toBe(200);
    await empty.remove();
  });
});

describe('a service whose admin routes have their own port', () => {
  it('answers admin routes and metrics there and nowhere else, until it has drained', async () => {
    const { child, untilLogged, ended } = start({ ADMIN_PORT: '0', ADMIN_TOKEN: 'a'.repeat(16) });
    const { address, admin } = await untilLogged('listening');
    const statusOf = async (origin: unknown, path: string, method = 'GET') => {
      const headers = { authorization: `Bearer ${'a'.repeat(16)}` };
      return (await fetch(String(origin) + path, { method, headers })).status;
    };
    await untilLogged('model serves');
    expect(await statusOf(address, '/v1/admin/reload', 'POST')).toBe(404);
    expect(await statusOf(address, '/metrics')).toBe(404);
    expect(await statusOf(admin, '/v1/admin/reload', 'POST')).toBe(200);
    expect(await statusOf(admin, '/metrics')).toBe(200);
    expect(await statusOf(admin, '/v1/models')).toBe(404);
    expect(await statusOf(admin, '/readyz')).toBe(200);
    child.kill('SIGTERM');
    expect(await ended).toEqual({ code: 0, signal: null });
  });
});

describe('the committed model', () => {
  it('answers a drawn face with ten buckets', async () => {
    const { untilLogged } = start({ MODEL_REGISTRY: 'models' });
    const address = await addressOf(service!);
    await untilLogged('model serves');
    const response = await predict(address, drawFaceJpeg({ age: 30, seed: 1 }));
    const { model, predictions } = predictAnswerSchema.parse(await response.json());
    expect(model).toMatchObject({ name: 'face-age', engine: 'onnxruntime' });
    expect((predictions[0] as Prediction).buckets).toHaveLength(10);
  });
});

describe('a shutdown whose requests do not finish', () => {
  /** A request whose body never arrives. */
  async function uploadForever(address: string): Promise<void> {
    const upload = httpRequest(`${address}/v1/predict`, {
      method: 'POST',
      headers: { 'Content-Type': 'image/jpeg', 'Content-Length': 1000, Expect: '100-continue' },
    });
    upload.on('error', () => undefined);
    upload.flushHeaders();
    await once(upload, 'continue');
  }

  it('ends with the grace period', async () => {
    const { child, untilLogged, ended } = start({ SHUTDOWN_GRACE_MS: '300' });
    const address = await addressOf(service!);
    await untilLogged('model serves');
    await uploadForever(address);
    child.kill('SIGTERM');
    expect(await ended).toEqual({ code: 0, signal: null });
  });

  it('ends immediately at the second signal', async () => {
    const { child, untilLogged, ended } = start({ SHUTDOWN_GRACE_MS: '3600000' });
    const address = await addressOf(service!);
    await untilLogged('model serves');
    await uploadForever(address);
    child.kill('SIGINT');
    await untilLogged('shutting down');
    child.kill('SIGINT');
    expect(await ended).toEqual({ code: 1, signal: null });
  });
});

describe('a failed start', () => {
  async function expectRefusal(settings: Record<string, string>, reason: RegExp): Promise<void> {
    const { ended, output } = start(settings);
    expect((await ended).code).toBe(1);
    expect(output()).toMatch(/^face-age cannot start: /);
    expect(output()).toMatch(reason);
    expect(output()).not.toContain('    at ');
  }

  it('names the faulty settings', () =>
    expectRefusal({ PORT: 'http', ENGINE: 'magic' }, /PORT must be [^]*ENGINE must be /));

  it('names a registry it cannot read', () =>
    expectRefusal({ MODEL_REGISTRY: 'gs://bucket/models' }, /gs:\/\/ is not supported/));

  it('names a port in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    await expectRefusal({ PORT: String(port) }, /port is in use/);
    other.close();
  });
});
