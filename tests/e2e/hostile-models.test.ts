import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { grayJpeg } from '../support/gray-photo.ts';
import {
  endlessForBatchOf,
  endlessLoad,
  endlessOnWhite,
  endlessRun,
  harmless,
  hugeTensor,
  nativeCrash,
  writeHostileVersion,
} from '../support/models/hostile-graphs.ts';
import { createModelFolder, type ModelFolder } from '../support/models/model-folder.ts';
import { startService, type ServiceProcess } from '../support/service-process.ts';

/** How the process ends while a thread hangs in native code. */
const killed = { code: null, signal: 'SIGKILL' };

let folder: ModelFolder;
let cache: string;
let service: ServiceProcess;
let address: string;

beforeEach(async () => {
  folder = await createModelFolder();
  cache = await mkdtemp(path.join(tmpdir(), 'face-age-cache-'));
  await writeHostileVersion(folder, 1, harmless);
});
afterEach(async () => {
  service.child.kill('SIGKILL');
  await service.ended;
  await folder.remove();
  await rm(cache, { recursive: true, force: true });
});

async function start(version: number, settings: Record<string, string> = {}): Promise<void> {
  await folder.writeAlias('production', version);
  service = startService({
    MODEL_REGISTRY: folder.root,
    MODEL_CACHE_DIR: cache,
    ENGINE: 'onnxruntime',
    ENGINE_INSTANCES: '2',
    MODEL_LOAD_TIMEOUT_SECONDS: '20',
    ...settings,
  });
  address = String((await service.untilLogged('listening')).address);
}

async function moveTo(version: number): Promise<void> {
  await folder.writeAlias('production', version);
  service.child.kill('SIGHUP');
}

async function predict(brightness: number): Promise<number> {
  const response = await fetch(`${address}/v1/predict`, {
    method: 'POST',
    headers: { 'Content-Type': 'image/jpeg' },
    body: new Uint8Array(await grayJpeg(brightness)),
  });
  await response.arrayBuffer();
  return response.status;
}

const ready = async (): Promise<number> => (await fetch(`${address}/readyz`)).status;

const reasonOf = async (): Promise<string> =>
  ((await (await fetch(`${address}/v1/models`)).json()) as { reason: string }).reason;

describe('a version whose graph is hostile', () => {
  const cases = {
    'hangs while it is loaded': { graph: endlessLoad(), reason: /longer than 6 s|MiB of memory/ },
    'hangs in each run': { graph: endlessRun, reason: /took longer than 6 s/ },
    'hangs only in batches of 3': { graph: endlessForBatchOf(3), reason: /took longer than 6 s/ },
    'crashes the process': { graph: nativeCrash(), reason: /ended by SIGSEGV/ },
    'takes 12 GB': {
      graph: hugeTensor(12e9),
      reason: /more than \d+ MiB of memory|longer than 6 s/,
    },
  };
  it.each(Object.entries(cases))(
    '%s is refused in a process of its own, and the version before it serves on',
    async (_name, { graph, reason }) => {
      await writeHostileVersion(folder, 2, graph);
      await start(1, { MODEL_LOAD_TIMEOUT_SECONDS: '6' });
      await service.untilLogged('model serves');
      await moveTo(2);
      await service.untilLogged('load failed');
      expect(await reasonOf()).toMatch(reason);
      expect(await predict(100)).toBe(200);
      expect(await ready()).toBe(200);
      service.child.kill('SIGTERM');
      expect(await service.ended).toEqual({ code: 0, signal: null });
    },
    120_000,
  );

  it('hangs a server only in a run: it becomes unready, answers with the other instance, and ends', async () => {
    await writeHostileVersion(folder, 2, endlessOnWhite);
    await start(2, { ENGINE_RUN_TIMEOUT_SECONDS: '2', REQUEST_DEADLINE_MS: '60000' });
    await service.untilLogged('model serves');
    const white = predict(255);
    await service.untilLogged('the engine does not respond');
    expect(await white).toBe(503);
    const answer = await fetch(`${address}/readyz`);
    expect(answer.status).toBe(503);
    expect(await answer.text()).toContain('The engine does not respond: a run of 1 photo');
    const metrics = await (await fetch(`${address}/metrics`)).text();
    expect(metrics).toContain('face_age_engine_task_overruns_total{task="run"} 1');
    expect(await predict(100)).toBe(200);
    expect(await service.ended).toEqual(killed);
  }, 120_000);

  it('does not keep SIGTERM from ending the server within its grace period', async () => {
    await writeHostileVersion(folder, 2, endlessOnWhite);
    await start(2, { SHUTDOWN_GRACE_MS: '3000', REQUEST_DEADLINE_MS: '60000' });
    await service.untilLogged('model serves');
    void predict(255).catch(() => undefined);
    await eventually(async () => {
      const metrics = await (await fetch(`${address}/metrics`)).text();
      expect(metrics).toMatch(/face_age_queue_images 0/);
    });
    const startMs = performance.now();
    service.child.kill('SIGTERM');
    expect([killed.signal, null]).toContain((await service.ended).signal);
    expect(performance.now() - startMs).toBeLessThan(4000);
  }, 60_000);
});

describe('a version during whose loading the server died twice', () => {
  /** Kills the server while its version 2 is being loaded. */
  async function dieWhileLoading(): Promise<void> {
    await start(2);
    const loading = path.join(cache, 'loading');
    await eventually(async () => expect(await readdir(loading)).toHaveLength(notes + 1));
    notes += 1;
    service.child.kill('SIGKILL');
    await service.ended;
  }
  let notes = 0;

  it('is not loaded where the last good one can serve, and is once the alias has moved again', async () => {
    await start(1);
    await service.untilLogged('model serves');
    await eventually(async () =>
      expect((await stat(path.join(cache, 'served'))).isDirectory()).toBe(true),
    );
    service.child.kill('SIGTERM');
    await service.ended;
    await writeHostileVersion(folder, 2, endlessRun);
    notes = 0;
    await dieWhileLoading();
    await dieWhileLoading();
    await start(2);
    await service.untilLogged('another version serves meanwhile');
    expect(await reasonOf()).toMatch(/ended 2 processes.*To force another attempt/);
    expect(await predict(100)).toBe(200);
    expect(await ready()).toBe(200);
    await writeHostileVersion(folder, 2, harmless);
    await folder.write(
      'aliases/production.json',
      JSON.stringify({ version: 2, updatedAt: '2024-02-01T00:00:00Z', by: 'tests' }),
    );
    service.child.kill('SIGHUP');
    await service.untilLogged('model serves');
  }, 180_000);
});
