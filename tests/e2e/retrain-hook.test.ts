import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  retrainAnswerSchema,
  type RetrainAnswer,
} from '../../src/serving/http/routes/retrain-routes.ts';
import { fakeCommandSetting } from '../support/fakes/fake-retraining.ts';
import { createModelFolder, type ModelFolder } from '../support/models/model-folder.ts';
import { startService, type ServiceProcess } from '../support/service-process.ts';
import { writeTinyArtifact } from '../support/models/tiny-artifact.ts';

const TOKEN = 'a-token-of-16-or-more';

let models: ModelFolder;
let state: string;
let service: ServiceProcess;

beforeEach(async () => {
  state = await mkdtemp(path.join(tmpdir(), 'face-age-hook-'));
  models = await createModelFolder();
  await writeTinyArtifact(models);
  await models.writeAlias('production', 1);
});
afterEach(async () => {
  service.child.kill('SIGKILL');
  await models.remove();
  await rm(state, { recursive: true, force: true });
});

async function start(command: string, settings: Record<string, string> = {}): Promise<string> {
  service = startService({
    MODEL_REGISTRY: models.root,
    ENGINE: 'onnxruntime',
    REGISTRY_POLL_SECONDS: '3600',
    ADMIN_TOKEN: TOKEN,
    RETRAIN_COMMAND: command,
    RETRAIN_STATE_DIR: state,
    ...settings,
  });
  const { address } = await service.untilLogged('listening');
  await service.untilLogged('model serves');
  return `${String(address)}/v1/admin/retrain`;
}

async function ask(url: string, method = 'GET'): Promise<RetrainAnswer> {
  const response = await fetch(url, { method, headers: { authorization: `Bearer ${TOKEN}` } });
  return retrainAnswerSchema.parse(await response.json());
}

async function servingVersion(url: string): Promise<number> {
  const answer: unknown = await (await fetch(new URL('/v1/models', url))).json();
  return z.object({ current: z.object({ version: z.int() }) }).parse(answer).current.version;
}

describe('the retrain hook of a server', { timeout: 120_000 }, () => {
  it('immediately serves the version that the retraining has promoted', async () => {
    const gate = path.join(state, 'go');
    const url = await start(fakeCommandSetting(`say:${TOKEN}`, `wait:${gate}`, 'end:promote:2'));
    expect((await ask(url, 'POST')).state).toBe('running');
    await writeTinyArtifact(models, 2);
    await models.writeAlias('production', 2);
    await writeFile(gate, '');
    await service.untilLogged('retraining ended');
    while ((await servingVersion(url)) !== 2);
    const answer = await ask(url);
    expect(answer.last).toMatchObject({ outcome: 'promote', version: 2 });
    expect(answer.log).toEqual(['***']);
  });

  it('waits for the run to write its checkpoint when the server stops', async () => {
    const url = await start(fakeCommandSetting('stage:train', `wait:${path.join(state, 'never')}`));
    await ask(url, 'POST');
    while ((await ask(url)).run?.stage !== 'train');
    service.child.kill('SIGTERM');
    expect(await service.ended).toEqual({ code: 0, signal: null });
    const last = path.join(state, 'last-run.json');
    expect(existsSync(last)).toBe(true);
    expect(JSON.parse(await readFile(last, 'utf8'))).toMatchObject({ outcome: 'interrupted' });
  });

  it('follows RETRAIN_SCHEDULE', async () => {
    const url = await start(fakeCommandSetting('end:hold'), {
      RETRAIN_SCHEDULE: '* * * * * *',
      RETRAIN_TIME_ZONE: 'Asia/Tokyo',
    });
    await service.untilLogged('retraining ended');
    expect((await ask(url)).last).toMatchObject({ reason: { kind: 'schedule' }, outcome: 'hold' });
  });

  it('does not start with a schedule that never comes due', async () => {
    service = startService({ RETRAIN_SCHEDULE: '0 0 31 2 *' });
    expect((await service.ended).code).toBe(1);
    expect(service.output()).toMatch(
      /cannot start: [^]*RETRAIN_SCHEDULE cannot be used: .* never comes due/,
    );
  });
});
