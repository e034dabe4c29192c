import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  modelsAnswerSchema,
  type ModelsAnswer,
} from '../../src/serving/http/routes/models-answer.ts';
import { eventually } from '../support/eventually.ts';
import { grayJpeg } from '../support/gray-photo.ts';
import { createModelFolder, type ModelFolder } from '../support/models/model-folder.ts';
import { createBucket, s3Environment, withoutS3, type TestBucket } from '../support/s3-bucket.ts';
import { startService, type ServiceProcess } from '../support/service-process.ts';
import { writeTinyArtifact } from '../support/models/tiny-artifact.ts';

/** A disk of 2 MB for the cache; only root may have one. */
const disk = mkdtempSync(join(tmpdir(), 'face-age-disk-'));
const withoutDisk = mount() ? '' : ' (skipped: no file system can be mounted here)';

function mount(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const skipped = withoutS3 + withoutDisk;
let folder: ModelFolder;
let bucket: TestBucket;
let service: ServiceProcess | undefined;

async function put(path: string): Promise<void> {
  const file = await readFile(join(folder.root, 'face-age', path));
  await bucket.put(`face-age/${path}`, file);
}

async function publish(version: number): Promise<void> {
  await writeTinyArtifact(folder, version);
  await folder.writeAlias('production', version);
  for (const path of [`${version}/model.onnx`, `${version}/manifest.json`]) await put(path);
  await put('aliases/production.json');
}

beforeAll(async () => {
  if (skipped) return;
  folder = await createModelFolder();
  bucket = await createBucket();
  await publish(1);
});
afterAll(async () => {
  service?.child.kill('SIGKILL');
  await service?.ended;
  if (!withoutDisk) execFileSync('umount', ['-l', disk]);
  rmSync(disk, { recursive: true, force: true });
  if (skipped) return;
  await bucket.remove();
  await folder.remove();
});

describe.skipIf(skipped)(`a service whose disk is full${skipped}`, () => {
  it('keeps serving, reports why it does not load the new version, and loads it when there is room', async () => {
    service = startService({
      ...s3Environment(),
      MODEL_REGISTRY: `s3://${bucket.name}`,
      MODEL_CACHE_DIR: disk,
      REGISTRY_POLL_SECONDS: '2',
      ENGINE: 'onnxruntime',
    });
    const address = String((await service.untilLogged('listening')).address);
    await service.untilLogged('model serves');
    const models = async (): Promise<ModelsAnswer> =>
      modelsAnswerSchema.parse(await (await fetch(`${address}/v1/models`)).json());
    const predict = async (): Promise<number> => {
      const headers = { 'Content-Type': 'image/jpeg' };
      const body = new Uint8Array(await grayJpeg(100));
      return (await fetch(`${address}/v1/predict`, { method: 'POST', headers, body })).status;
    };

    const filler = join(disk, 'filler');
    await writeFile(filler, Buffer.alloc(3_000_000)).catch(() => undefined);
    await publish(2);
    await eventually(async () => expect((await models()).reason).toMatch(/has \d+ bytes free/));
    expect(await predict()).toBe(200);
    expect((await models()).current?.version).toBe(1);

    await rm(filler);
    await eventually(async () => expect((await models()).current?.version).toBe(2));
    expect(await predict()).toBe(200);
    const files = await readdir(disk, { recursive: true });
    expect(files.filter((file) => file.includes('partial'))).toEqual([]);
  });
});
