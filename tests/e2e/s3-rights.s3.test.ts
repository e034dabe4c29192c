import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { startCommand, type Command } from '../support/command.ts';
import { grayJpeg } from '../support/gray-photo.ts';
import { createModelFolder, type ModelFolder } from '../support/models/model-folder.ts';
import { writeTinyArtifact } from '../support/models/tiny-artifact.ts';
import {
  createBucket,
  limitedKey,
  s3Environment,
  withoutS3,
  type Policy,
  type TestBucket,
} from '../support/s3-bucket.ts';
import { startService, type ServiceProcess } from '../support/service-process.ts';

const skipped =
  withoutS3 || (limitedKey === undefined ? ' (skipped: the server has no second user)' : '');

/** A policy of docs/s3.md, for the user to whom it is attached. */
async function documentedPolicy(name: 'reader' | 'writer'): Promise<Policy> {
  const page = await readFile('docs/s3.md', 'utf8');
  const [, json = ''] = page.split(`<!-- policy: ${name} -->`)[1]!.split(/```(?:json)?\n/);
  return JSON.parse(json) as Policy;
}

let folder: ModelFolder;
let bucket: TestBucket;
let cache: string;
let service: ServiceProcess | undefined;

const settings = (keys: Record<string, string>): Record<string, string> => ({
  ...s3Environment(),
  MODEL_REGISTRY: `s3://${bucket.name}/models`,
  MODEL_CACHE_DIR: cache,
  REGISTRY_POLL_SECONDS: '1',
  ENGINE: 'onnxruntime',
  ...keys,
});
const asLimited = () => settings({ AWS_ACCESS_KEY_ID: limitedKey! });
const asOwner = () => settings({});
const run = (command: string, args: string[], env: Record<string, string>): Command =>
  startCommand(`scripts/${command}.ts`, args, env);

async function statusOf(address: string): Promise<number> {
  const headers = { 'Content-Type': 'image/jpeg' };
  const body = new Uint8Array(await grayJpeg(100));
  const answer = await fetch(`${address}/v1/predict`, { method: 'POST', headers, body });
  return answer.status;
}

beforeAll(async () => {
  if (skipped) return;
  folder = await createModelFolder();
  for (const version of [1, 2, 3]) await writeTinyArtifact(folder, version);
  await folder.writeAlias('production', 1);
  cache = await mkdtemp(path.join(tmpdir(), 's3-rights-'));
});
afterEach(async () => {
  service?.child.kill('SIGKILL');
  await service?.ended;
  if (!skipped) await bucket.remove();
});
afterAll(async () => {
  if (skipped) return;
  await folder.remove();
  await rm(cache, { recursive: true });
});

describe.skipIf(skipped !== '')(`credentials${skipped}`, () => {
  it('with the documented rights of a writer publish, promote and remove, and with fewer do not', async () => {
    bucket = await createBucket();
    await bucket.allowLimited(await documentedPolicy('reader'));
    const refused = run('sync', ['--from', folder.root], asLimited());
    await expect(refused.done()).rejects.toThrow(
      /access is denied \(AccessDenied.*docs\/s3\.md#rights/,
    );
    await bucket.allowLimited(await documentedPolicy('writer'));
    await run('sync', ['--from', folder.root], asLimited()).done();
    await run('promote', ['2', '--reason', 'test'], asLimited()).done();
    await run('promote', ['3'], asLimited()).done();
    await run('models', ['prune', '--keep', '1'], asLimited()).done();
    const manifests = (await bucket.list()).filter((key) => key.endsWith('manifest.json'));
    expect(manifests).toEqual([2, 3].map((version) => `models/face-age/${version}/manifest.json`));
  });

  it('with the documented rights of a reader serve, and follow the alias', async () => {
    bucket = await createBucket();
    await run('sync', ['--from', folder.root], asOwner()).done();
    await bucket.allowLimited(await documentedPolicy('reader'));
    service = startService(asLimited());
    const { address } = await service.untilLogged('listening');
    await service.untilLogged('model serves');
    expect(await statusOf(String(address))).toBe(200);
    await run('promote', ['2', '--reason', 'test'], asOwner()).done();
    await vi.waitFor(() => expect(service!.output()).toMatch(/"version":2\b/), 30_000);
    expect(service.output()).not.toMatch(/AccessDenied|access is denied/);
  });

  it('that are rotated are read again without a restart', async () => {
    bucket = await createBucket();
    await run('sync', ['--from', folder.root], asOwner()).done();
    const file = path.join(cache, 'credentials');
    const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, ...others } = asOwner();
    const write = (key: string) =>
      writeFile(file, `[default]\naws_access_key_id=${key}\naws_secret_access_key=${secret}\n`);
    await write('revoked');
    service = startService({ ...others, AWS_SHARED_CREDENTIALS_FILE: file });
    await service.untilLogged('listening');
    await vi.waitFor(
      () => expect(service!.output()).toMatch(/the credentials were refused \(InvalidAccessKeyId/),
      30_000,
    );
    await write(id!);
    await service.untilLogged('model serves');
  });
});
