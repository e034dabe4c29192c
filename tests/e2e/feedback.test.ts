import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { programOf } from '../support/built-program.ts';
import { readTrainingPhotos } from '../../src/learning/dataset/training-photo-list.ts';
import { drawDataset } from '../../src/drawing/draw-dataset.ts';
import { drawFaceJpeg } from '../../src/drawing/draw-face.ts';
import { nameOfId } from '../../src/registry/feedback/feedback-keys.ts';
import {
  feedbackAnswerSchema,
  feedbackPageSchema,
} from '../../src/serving/http/routes/feedback-routes.ts';
import { predictAnswerSchema } from '../../src/serving/predict/answer.ts';
import { parseManifest } from '../../src/registry/manifest.ts';
import { createModelFolder, type ModelFolder } from '../support/models/model-folder.ts';
import { withoutTensorFlow } from '../support/models/native-tensorflow.ts';
import { startService, type ServiceProcess } from '../support/service-process.ts';
import { writeTinyArtifact } from '../support/models/tiny-artifact.ts';

const ADMIN_TOKEN = 'a-token-of-16-or-more';
let root: string;
let models: ModelFolder;
let service: ServiceProcess;
let address: string;
const at = (name: string) => path.join(root, name);

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'feedback-'));
  models = await createModelFolder();
  await writeTinyArtifact(models);
  await models.writeAlias('production', 1);
  await start();
});
afterEach(async () => {
  await stop();
  await models.remove();
  await rm(root, { recursive: true });
});

async function start(): Promise<void> {
  const FEEDBACK_STORE = at('feedback');
  service = startService({
    MODEL_REGISTRY: models.root,
    ENGINE: 'onnxruntime',
    ADMIN_TOKEN,
    FEEDBACK_STORE,
  });
  address = String((await service.untilLogged('listening')).address);
  await service.untilLogged('model serves');
}

async function stop(): Promise<void> {
  service.child.kill('SIGTERM');
  expect(await service.ended).toEqual({ code: 0, signal: null });
}

const face = (seed: number): Buffer => drawFaceJpeg({ age: 30 + seed, seed: 5_000_000 + seed });

function formOf(photo: Buffer, fields: Record<string, string> = {}): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('image', new Blob([new Uint8Array(photo)]), 'private name.jpg');
  return form;
}

async function give(body: FormData | object, status = 201): Promise<string> {
  const sent =
    body instanceof FormData
      ? { body }
      : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } };
  const response = await fetch(`${address}/v1/feedback`, { method: 'POST', ...sent });
  expect(response.status).toBe(status);
  return feedbackAnswerSchema.parse(await response.json()).id;
}

async function predictionOf(photo: Buffer): Promise<string> {
  const response = await fetch(`${address}/v1/predict`, { method: 'POST', body: formOf(photo) });
  const [prediction] = predictAnswerSchema.parse(await response.json()).predictions;
  return 'id' in prediction! ? prediction.id : '';
}

async function listed(): Promise<string[]> {
  const headers = { Authorization: `Bearer ${ADMIN_TOKEN}` };
  const response = await fetch(`${address}/v1/feedback`, { headers });
  return feedbackPageSchema.parse(await response.json()).records.map(({ id }) => id);
}

async function remove(id: string): Promise<number> {
  return (await fetch(`${address}/v1/feedback/${id}`, { method: 'DELETE' })).status;
}

/** Everything in the store that has the photo's name. */
async function filesOf(id: string): Promise<string[]> {
  const files = await readdir(at('feedback'), { recursive: true });
  return files.filter((file) => file.includes(nameOfId(id)!));
}

/** A command as a person runs it; its standard output. */
function run(command: string, ...given: string[]): Promise<string> {
  const args = [...programOf(`scripts/${command}.ts`), ...given];
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, FEEDBACK_STORE: at('feedback') };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { env }, (error, printed, text) => {
      if (error === null) resolve(printed);
      else reject(new Error(`${printed}\n${text}`, { cause: error }));
    });
  });
}

describe('feedback', { timeout: 240_000 }, () => {
  it('is posted, listed, decided about, found after a restart, deleted by id and gone', async () => {
    const predictionId = await predictionOf(face(1));
    const first = await give({ predictionId, age: 44 });
    const second = await give(formOf(face(2), { age: '45', source: 'e2e' }));
    expect((await listed()).toSorted()).toEqual([first, second].toSorted());

    const decided: unknown = JSON.parse(await run('feedback', 'accept', second, '--json'));
    expect(decided).toEqual({ state: 'accepted', names: [nameOfId(second)] });
    await run('feedback', 'reject', nameOfId(first)!);
    const table = await run('feedback');
    expect(table).toMatch(new RegExp(`${nameOfId(second)!} .* accepted +45 .* upload +e2e`));
    expect(table).not.toContain(second);
    await run('feedback', 'show', first, '--photo', at('shown.jpg'));
    // The surroundings of the face, encoded again without metadata.
    const shown = await sharp(await readFile(at('shown.jpg'))).metadata();
    expect(shown.format).toBe('jpeg');
    expect(shown.exif).toBeUndefined();
    expect(Math.max(shown.width, shown.height)).toBeLessThanOrEqual(512);

    await stop();
    await start();
    expect(await remove(first)).toBe(204);
    expect(await remove(first)).toBe(404);
    expect(await filesOf(first)).toEqual([]);
    await run('feedback', 'delete', second);
    expect(await filesOf(second)).toEqual([]);
    expect(await listed()).toEqual([]);
    // Not `e2e` alone, which may be part of a request's id.
    expect(service.output()).not.toMatch(/private name|"e2e"/);
  });

  it('that is too old or left over is purged', async () => {
    const id = await give(formOf(face(1), { age: '44' }));
    const dry: unknown = JSON.parse(
      await run('feedback', 'purge', '--days', '0.00000001', '--dry-run', '--json'),
    );
    expect(dry).toMatchObject({ expired: [nameOfId(id)], photos: 0, dryRun: true });
    expect(await filesOf(id)).toHaveLength(2);
    expect(await run('feedback', 'purge')).toMatch(/removed 0 photos .*\n1 photos remain/);
    await run('feedback', 'purge', '--days', '0.00000001');
    expect(await filesOf(id)).toEqual([]);
  });

  it.each([
    [['nonsense'], /unknown command 'nonsense'/],
    [['accept'], /name a record/],
    [['delete', '../x'], /has no feedback \.\.\/x/],
    [['list', '--state', 'new'], /--state/],
  ])('explains what is wrong with %j', async (given, why) => {
    await expect(run('feedback', ...given)).rejects.toThrow(why);
  });
});

describe.skipIf(withoutTensorFlow !== '')(`training on feedback${withoutTensorFlow}`, () => {
  const recipe = {
    architecture: 'residual-small',
    network: { stemChannels: 4, stages: [{ channels: 8, blocks: 1 }] },
    epochs: 1,
    batchSize: 16,
  };

  async function train(version: number) {
    const places = ['--data', at('faces'), '--cache', at('cache'), '--models', at('models')];
    const feedback = ['--feedback', at('feedback'), '--feedback-weight', '3'];
    const run_ = ['--recipe', at('recipe.json'), '--checkpoint', at('checkpoint')];
    const printed = await run('train', ...places, ...feedback, ...run_);
    const file = at(`models/face-age/${version}/manifest.json`);
    return { printed, manifest: parseManifest(await readFile(file, 'utf8')) };
  }

  it('takes what was posted and accepted, and no longer what was deleted since', async () => {
    await drawDataset(at('faces'), { train: 32, val: 16 });
    await writeFile(at('recipe.json'), JSON.stringify(recipe));
    const ids: string[] = [];
    for (let seed = 0; seed < 15; seed++)
      ids.push(await give(formOf(face(seed), { age: String(30 + seed) })));
    // A photo of the validation split is never trained on, whatever the feedback.
    const validating = await readFile(at('faces/val/3.jpg'));
    await give(formOf(validating, { age: '99' }));
    await run('feedback', 'accept', '--all-pending');

    const { manifest, printed } = await train(1);
    const { counts, splits } = manifest.dataset!;
    expect(counts.feedback! + counts['feedback-val']!).toBe(15);
    expect(counts.feedback).toBeGreaterThan(counts['feedback-val']!);
    expect(counts.feedbackLeftOut).toBe(1);
    expect(splits).toMatchObject({ feedback: 'training, with weight 3' });
    expect(manifest.metrics.feedbackPhotos).toBe(counts['feedback-val']);
    expect(manifest.metrics.feedbackMae).toBeGreaterThan(0);
    expect(printed).toMatch(/feedback that was not trained on: \d+ photos, MAE/);

    for (const id of ids.slice(0, 5)) expect(await remove(id)).toBe(204);
    const { manifest: next } = await train(2);
    const left = next.dataset!.counts;
    expect(left.feedback! + left['feedback-val']!).toBe(10);
    const learnt = await readTrainingPhotos(at('models/face-age/2'));
    expect(learnt!.count).toBe(32 + left.feedback!);
    expect((await readdir(at('cache'))).filter((name) => name.startsWith('feedback'))).toEqual([]);
  }, 400_000);
});
