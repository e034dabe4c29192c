import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { drawFaceJpeg } from '../../src/drawing/draw-face.ts';
import { sharp } from '../../src/inference/preprocess/sharp-image.ts';
import { createModelFolder, type ModelFolder } from '../support/models/model-folder.ts';
import { writeTinyArtifact } from '../support/models/tiny-artifact.ts';
import { startService } from '../support/service-process.ts';
import {
  parseSystemCalls,
  straceArguments,
  straceSkip,
  tracedProcess,
} from '../support/traced-process.ts';

let root: string;
let models: ModelFolder;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'stray-'));
  models = await createModelFolder();
  await writeTinyArtifact(models);
  await models.writeAlias('production', 1);
});
afterEach(async () => {
  await models.remove();
  await rm(root, { recursive: true });
});

const inRoot = (name: string) => path.join(root, name);
/** tsx, which runs the sources, looks for the socket of a parent that watches files. */
const isOfTsx = (text: string) => text.includes(path.join(tmpdir(), 'tsx-'));
const isDevice = (file: string) => ['/dev/null', '/dev/tty'].includes(file);

/**
 * Starts the service, sends it photos of every kind, feedback and a reload, and stops it.
 * @param log of its system calls; without one they are not traced
 */
async function serve(log?: string): Promise<{ port: string; code: number | null }> {
  const settings = {
    HOME: inRoot('home'),
    MODEL_REGISTRY: models.root,
    MODEL_CACHE_DIR: inRoot('cache'),
    RETRAIN_STATE_DIR: inRoot('retrain'),
    FEEDBACK_STORE: inRoot('feedback'),
    ADMIN_TOKEN: 'a-token-of-16-or-more',
    TSX_DISABLE_CACHE: '1',
  };
  const service = startService(
    settings,
    log === undefined ? [] : ['strace', ...straceArguments(log)],
  );
  const address = String((await service.untilLogged('listening')).address);
  await service.untilLogged('model serves');
  const headers = { Authorization: 'Bearer a-token-of-16-or-more' };
  const jpeg = drawFaceJpeg({ age: 30, seed: 1 });
  const picture = sharp(jpeg);
  const photos = [
    jpeg,
    await picture.clone().jpeg({ progressive: true }).toBuffer(),
    await picture.clone().png().toBuffer(),
    await picture.clone().webp().toBuffer(),
    await picture.clone().avif().toBuffer(),
    Buffer.from('no photo'),
  ];
  const statuses: number[] = [];
  for (const photo of photos) {
    const body = new Uint8Array(photo);
    statuses.push((await fetch(`${address}/v1/predict`, { ...image, body })).status);
  }
  const form = new FormData();
  form.append('age', '30');
  form.append('image', new Blob([new Uint8Array(jpeg)]), 'a.jpg');
  const given = await fetch(`${address}/v1/feedback`, { method: 'POST', body: form });
  statuses.push(given.status);
  const reload = await fetch(`${address}/v1/admin/reload`, { method: 'POST', headers });
  statuses.push(reload.status, (await fetch(`${address}/metrics`, { headers })).status);
  expect(statuses).toEqual([200, 200, 200, 200, 200, 415, 201, 200, 200]);
  const { pid } = service.child;
  process.kill(log === undefined ? pid! : await tracedProcess(pid!), 'SIGTERM');
  const { code } = await service.ended;
  return { port: new URL(address).port, code };
}
const image = { method: 'POST', headers: { 'Content-Type': 'image/jpeg' } };

describe.skipIf(straceSkip !== '')(`a server${straceSkip}`, { timeout: 240_000 }, () => {
  it('opens no connection but its own, and writes nowhere but where its settings say', async () => {
    // Child processes get nothing of the environment, so tsx caches there what it compiles: the first time only.
    await serve();
    await rm(inRoot('cache'), { recursive: true });
    await rm(inRoot('feedback'), { recursive: true });
    const log = inRoot('calls');
    const { port, code } = await serve(log);
    expect(code).toBe(0);
    const { network, written, opened } = parseSystemCalls(await readFile(log, 'utf8'));
    const strange = network.filter((call) => !isOfTsx(call));
    // The port is 0 until the system has chosen one.
    expect(strange).toHaveLength(1);
    expect(strange[0]).toMatch(/^bind .*sin_port=htons\(0\), sin_addr=inet_addr\("127\.0\.0\.1"\)/);
    expect(Number(port)).toBeGreaterThan(0);
    const own = ['cache', 'retrain', 'feedback'].map(inRoot);
    const elsewhere = written.filter(
      (file) => !isDevice(file) && !own.some((folder) => isBelow(file, folder)),
    );
    expect(elsewhere).toEqual([]);
    // The image removes the packages that only build native code (deploy/image).
    const buildOnly = /\/node_modules\/(?:cmake-js|node-addon-api|tar|@mapbox\/node-pre-gyp)\//;
    expect(opened.filter((file) => buildOnly.test(file))).toEqual([]);
    expect(opened.some((file) => file.includes('/node_modules/express/'))).toBe(true);
    expect(written.some((file) => isBelow(file, inRoot('feedback')))).toBe(true);
  });

  it('is traced with its threads and child processes: a planted connection and file are found', async () => {
    const log = inRoot('calls');
    const child = `require("node:fs").writeFileSync("planted", ""); require("node:net").connect(9, "127.0.0.1").on("error", () => {})`;
    const script = `new (require("node:worker_threads").Worker)(${JSON.stringify(
      `require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(child)}])`,
    )}, { eval: true })`;
    spawnSync('strace', [...straceArguments(log), process.execPath, '-e', script], { cwd: root });
    const { network, written } = parseSystemCalls(await readFile(log, 'utf8'));
    expect(network.join('\n')).toMatch(/connect .*sin_port=htons\(9\)/);
    expect(written).toContain(inRoot('planted'));
  });
});

function isBelow(file: string, folder: string): boolean {
  return file === folder || file.startsWith(`${folder}/`);
}
