import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { drainServer } from '../../../src/serving/http/server/graceful-shutdown.ts';
import { deferred, type Deferred } from '../../support/fakes/deferred.ts';
import { grayJpeg } from '../../support/gray-photo.ts';
import { listen, type ListeningServer } from '../../support/listening.ts';
import { createTestService, type TestService } from '../../support/test-service.ts';
import { eventually } from '../../support/eventually.ts';

let service: TestService;
let listening: ListeningServer;
let gate: Deferred<void>;
let url: string;
let photo: Buffer;

beforeEach(async () => {
  service = await createTestService();
  listening = await listen(service.app);
  url = `http://127.0.0.1:${listening.port}`;
  photo = await grayJpeg(100);
  gate = deferred();
  service.engine.beforeRun = () => gate.promise;
});
afterEach(async () => {
  gate.resolve();
  await service.close();
});

const predict = () =>
  fetch(`${url}/v1/predict`, {
    method: 'POST',
    headers: { 'Content-Type': 'image/jpeg' },
    body: new Uint8Array(photo),
  });
const untilInFlight = () =>
  eventually(() => expect(service.manager.status.current?.inFlight).toBe(1));
const drain = (graceMs: number) => drainServer({ ...service, server: listening.server, graceMs });

describe('draining the server', () => {
  it('accepts new connections for a moment, for one request each', async () => {
    const drained = drain(60_000);
    const { status, headers } = await fetch(`${url}/healthz`);
    expect(status).toBe(200);
    expect(headers.get('connection')).toBe('close');
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    await drained;
  });

  it('then refuses new connections, and completes the request in flight', async () => {
    const answer = predict();
    await untilInFlight();
    const drained = drain(60_000);
    await eventually(() => expect(listening.server.listening).toBe(false));
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
    gate.resolve();
    expect((await answer).status).toBe(200);
    await drained;
  });

  it('answers 503 to what is not finished in time', async () => {
    const answer = predict();
    await untilInFlight();
    await drain(200);
    const response = await answer;
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: 'shutting_down' });
  });

  it('closes a kept-alive connection that has no request', async () => {
    await fetch(`${url}/healthz`);
    await drain(60_000);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });
});
