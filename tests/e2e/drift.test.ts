import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { darkerPhoto, drawFaceJpeg } from '../../src/drawing/draw-face.ts';
import { defaultPreprocessSpec } from '../../src/inference/preprocess/spec.ts';
import { openDataset } from '../../src/learning/dataset/open-dataset.ts';
import { refreshVersion } from '../../src/learning/training/publication/refresh.ts';
import { FileRegistry } from '../../src/registry/file-registry.ts';
import { utkFraming } from '../../src/registry/framing.ts';
import { promote } from '../../src/registry/promotion.ts';
import { modelsAnswerSchema } from '../../src/serving/http/routes/models-answer.ts';
import { startService, type ServiceProcess } from '../support/service-process.ts';

const NAME = 'face-age';
const WINDOW = 300;
const REFERENCE = 400;
const COOL_DOWN_MS = 3000;

/** Drawn faces, ages spread evenly over 0 … 90. */
const drawnFaces = (first: number, count: number) =>
  Array.from({ length: count }, (_, index) => {
    const seed = first + index;
    const age = (seed * 37) % 91;
    return { age, bytes: drawFaceJpeg({ age, seed }) };
  });
const usual = drawnFaces(REFERENCE, WINDOW).map(({ bytes }) => bytes);

let work: string;
let service: ServiceProcess;
let address: string;

/** Refreshes the latest version of `models/` on drawn faces, which are found and aligned, into a registry of the test, where it serves. */
beforeAll(async () => {
  work = await mkdtemp(path.join(tmpdir(), 'face-age-drift-'));
  const drawings = path.join(work, 'faces');
  await mkdir(path.join(drawings, 'val'), { recursive: true });
  const lines = ['file,age'];
  for (const [index, { age, bytes }] of drawnFaces(0, REFERENCE).entries()) {
    await writeFile(path.join(drawings, `val/${index}.jpg`), bytes);
    lines.push(`val/${index}.jpg,${age}`);
  }
  await writeFile(path.join(drawings, 'labels.csv'), `${lines.join('\n')}\n`);
  const shipped = new FileRegistry('models');
  const { directory } = await shipped.fetchDetector(utkFraming.detector);
  const { detector, points } = utkFraming;
  const faces = { detectorFolder: directory, detectorSha256: detector.sha256, points };
  const dataset = await openDataset({
    source: { location: drawings, s3: { forcePathStyle: false, checksumMode: 'when_supported' } },
    spec: defaultPreprocessSpec,
    cacheRoot: path.join(work, 'cache'),
    valShare: 0.1,
    tuningShare: 0,
    framing: faces,
  });
  const source = await shipped.fetchArtifact(NAME, (await shipped.listVersions(NAME)).at(-1)!);
  const registry = new FileRegistry(path.join(work, 'models'));
  const refreshed = { source, dataset, faces, newData: true, gitCommit: null };
  const { version } = await refreshVersion(registry, refreshed);
  const move = { model: NAME, alias: 'production', by: 'tests', reason: 'watched' };
  await promote(registry, version, move);
}, 300_000);
afterEach(() => service.child.kill('SIGKILL'));
afterAll(() => rm(work, { recursive: true, force: true }));

async function send(photos: readonly Buffer[]): Promise<void> {
  for (let first = 0; first < photos.length; first += 10) {
    const form = new FormData();
    for (const photo of photos.slice(first, first + 10))
      form.append('image', new Blob([new Uint8Array(photo)]), 'photo.jpg');
    const response = await fetch(`${address}/v1/predict`, { method: 'POST', body: form });
    expect(response.status).toBe(200);
    await response.arrayBuffer();
  }
}

async function drift() {
  const response = await fetch(`${address}/v1/models`);
  const { drift } = modelsAnswerSchema.parse(await response.json());
  if (drift === null) throw new Error('the server does not watch drift');
  return { raisedAt: drift.raisedAt, drifting: driftingFeatures(drift.features) };
}

const driftingFeatures = (features: Readonly<Record<string, { drifts: boolean } | undefined>>) =>
  Object.keys(features).filter((feature) => features[feature]!.drifts);

describe('a service that watches drift', { timeout: 300_000 }, () => {
  it('raises no alarm for usual photos, one within a window of darker ones, and another after the cool-down', async () => {
    service = startService({
      MODEL_REGISTRY: path.join(work, 'models'),
      HOME: homedir(),
      DRIFT_WINDOW_PHOTOS: String(WINDOW),
      DRIFT_COOL_DOWN_SECONDS: String(COOL_DOWN_MS / 1000),
    });
    address = String((await service.untilLogged('listening')).address);
    await service.untilLogged('model serves');
    await send([...usual, ...usual]);
    expect(await drift()).toEqual({ raisedAt: null, drifting: [] });

    const darker = await Promise.all(usual.map((photo) => darkerPhoto(photo, 0.6)));
    await send(darker);
    const alarmed = await drift();
    expect(alarmed.drifting).toContain('brightness');
    expect(alarmed.raisedAt).not.toBeNull();
    expect(service.output()).toContain('the photos have drifted');

    let again = alarmed;
    while (again.raisedAt === alarmed.raisedAt) {
      await send(darker.slice(0, 50));
      again = await drift();
    }
    const raisedMs = [alarmed, again].map(({ raisedAt }) => Date.parse(raisedAt!));
    expect(raisedMs[1]! - raisedMs[0]!).toBeGreaterThan(COOL_DOWN_MS - 100);

    await send([...usual, ...usual]);
    expect((await drift()).drifting).toEqual([]);
  });
});
