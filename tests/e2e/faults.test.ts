import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { grayJpeg } from '../support/gray-photo.ts';
import { createModelFolder, type ModelFolder } from '../support/models/model-folder.ts';
import { startService, type ServiceProcess } from '../support/service-process.ts';
import { writeTinyArtifact } from '../support/models/tiny-artifact.ts';

const hook = { NODE_OPTIONS: '--require ./tests/support/fakes/fault-hook.cjs' };

let folder: ModelFolder;
let photo: Buffer;
let service: ServiceProcess;
let address: string;

beforeAll(async () => {
  folder = await createModelFolder();
  await writeTinyArtifact(folder);
  await folder.writeAlias('production', 1);
  photo = await grayJpeg(100);
});
afterEach(() => service.child.kill('SIGKILL'));
afterAll(() => folder.remove());

async function start(settings: Record<string, string>): Promise<void> {
  service = startService({ MODEL_REGISTRY: folder.root, ENGINE: 'onnxruntime', ...settings });
  address = String((await service.untilLogged('listening')).address);
  await service.untilLogged('model serves');
}

async function predict(): Promise<number> {
  const headers = { 'Content-Type': 'image/jpeg' };
  const body = new Uint8Array(photo);
  const response = await fetch(`${address}/v1/predict`, { method: 'POST', headers, body });
  await response.arrayBuffer();
  return response.status;
}

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${address}/metrics`)).text();
  return Number(new RegExp(`^face_age_${name} (.*)$`, 'm').exec(text)![1]);
}

/** Clients that send requests continuously until they are stopped. */
function load(clients: number) {
  const statuses: number[] = [];
  let loading = true;
  const ask = async (): Promise<void> => {
    while (loading) statuses.push(await predict());
  };
  const asking = Array.from({ length: clients }, ask);
  const stop = async (): Promise<number[]> => {
    loading = false;
    await Promise.all(asking);
    return statuses;
  };
  return { statuses, stop };
}

describe('a service', () => {
  it('whose engine dies under load restarts it and continues', async () => {
    await start({ ...hook, FAULT: 'engine-exit', ENGINE_INSTANCES: '2' });
    const { statuses, stop } = load(4);
    await eventually(() => expect(statuses.length).toBeGreaterThan(20));
    service.child.kill('SIGUSR2');
    await service.untilLogged('engine worker restarts');
    await eventually(async () => expect(await predict()).toBe(200));
    const all = await stop();
    expect(all.filter((status) => status !== 200 && status !== 503)).toEqual([]);
    expect(await metric('worker_restarts_total')).toBe(2);
    expect(await predict()).toBe(200);
  });

  it('that is paused, as in a debugger, answers waiting requests or reports that it is too late', async () => {
    await start({ REQUEST_DEADLINE_MS: '1000' });
    const { statuses, stop } = load(4);
    await eventually(() => expect(statuses.length).toBeGreaterThan(20));
    service.child.kill('SIGSTOP');
    await delay(2000);
    service.child.kill('SIGCONT');
    const before = statuses.length;
    await eventually(() => expect(statuses.length).toBeGreaterThan(before + 20));
    const all = await stop();
    expect(all.filter((status) => status !== 200 && status !== 504)).toEqual([]);
    expect(all.slice(-4)).toEqual([200, 200, 200, 200]);
  });

  it('whose wall clock jumps a year forward and two back still answers, and follows its alias', async () => {
    await start({ ...hook, FAULT: 'clock-jump', RATE_LIMIT_PER_MINUTE: '1000000' });
    const { statuses, stop } = load(2);
    for (const year of [1, -1]) {
      await eventually(() => expect(statuses.length).toBeGreaterThan(20));
      statuses.splice(0);
      service.child.kill('SIGUSR2');
      const expected = Date.now() / 1000 + year * 365 * 86_400;
      service.child.kill('SIGHUP');
      await eventually(async () => {
        const readAt = await metric('registry_last_success_timestamp_seconds');
        expect(Math.abs(readAt - expected)).toBeLessThan(3600);
      });
    }
    await eventually(() => expect(statuses.length).toBeGreaterThan(20));
    const all = await stop();
    expect(all.filter((status) => status !== 200)).toEqual([]);
    expect((await fetch(`${address}/readyz`)).status).toBe(200);
    service.child.kill('SIGTERM');
    expect(await service.ended).toEqual({ code: 0, signal: null });
  });
});
