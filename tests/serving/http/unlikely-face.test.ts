import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { settingsSchema } from '../../../src/common/config/config.ts';
import { createLogger } from '../../../src/common/logger.ts';
import type { Engine } from '../../../src/inference/engine/engine.ts';
import { FileRegistry } from '../../../src/registry/file-registry.ts';
import { utkFraming } from '../../../src/registry/framing.ts';
import type { Manifest } from '../../../src/registry/manifest.ts';
import { appDependencies } from '../../../src/serving/app-dependencies.ts';
import { unprotected } from '../../../src/serving/http/middleware/protection.ts';
import { inferAnswerSchema } from '../../../src/serving/http/inference-protocol/protocol-schemas.ts';
import { createApp } from '../../../src/serving/http/server/app.ts';
import { predictAnswerSchema, type FaceAnswer } from '../../../src/serving/predict/answer.ts';
import { answerCopy } from '../../../src/serving/traffic/photo-copy.ts';
import { createServingContext, type ServingContext } from '../../../src/serving/serving-context.ts';
import { facePhoto } from '../../support/face-photo.ts';
import { settle } from '../../support/fakes/deferred.ts';
import { loadAlone } from '../../support/fakes/fake-engine.ts';
import { grayJpeg } from '../../support/gray-photo.ts';
import { SIDE } from '../../support/models/example-manifest.ts';
import { faceNetworkOutput, writeFaceVersion } from '../../support/models/face-network.ts';
import { createModelFolder, type ModelFolder } from '../../support/models/model-folder.ts';
import { writeTinyArtifact } from '../../support/models/tiny-artifact.ts';

type App = ReturnType<typeof createApp>;

/** A service with a real engine, whose version 1 says that a picture is the likelier a face the brighter it is. */
interface Service {
  app: App;
  context: ServingContext;
  folder: ModelFolder;
}

const realEngine: Engine = {
  name: 'onnxruntime',
  device: 'cpu',
  load: loadAlone,
  close: () => Promise.resolve(),
};

const services: Service[] = [];
afterAll(async () => {
  for (const { context, folder } of services) {
    context.stop();
    await context.close();
    await folder.remove();
  }
});

async function startWith(write: (folder: ModelFolder) => Promise<unknown>): Promise<Service> {
  const folder = await createModelFolder();
  await write(folder);
  await folder.writeAlias('production', 1);
  const settings = { ...settingsSchema.parse({}), GPU_METRICS: 'off' as const };
  const context = await createServingContext(
    { ...settings, KEEP_PREVIOUS_MODEL: 'never' },
    {
      logger: createLogger('silent'),
      registry: new FileRegistry(folder.root),
      engine: {
        engine: realEngine,
        reason: 'a test',
        gpuExpectedButAbsent: false,
      },
    },
  );
  context.production.setDesired({ alias: 'production', version: 1 });
  while (context.production.status.state === 'loading') await settle();
  const app = createApp({ ...appDependencies(context), protection: unprotected });
  const service = { app, context, folder };
  services.push(service);
  return service;
}

const withFace = (changes: Partial<Manifest> = {}) =>
  startWith((folder) => writeFaceVersion(folder, 1, changes));

async function facesOf({ app }: Service, photo: Buffer, query = ''): Promise<FaceAnswer[]> {
  const url = `/v1/predict?atLeast=18${query}`;
  const { body } = (await request(app).post(url).type('image/jpeg').send(photo).expect(200)) as {
    body: unknown;
  };
  return predictAnswerSchema.parse(body).predictions.flatMap((prediction) => {
    if ('age' in prediction) return [prediction];
    return 'faces' in prediction ? prediction.faces : [];
  });
}

const unlikely = (value: number, threshold: number) => ({
  ...{ code: 'unlikely_face', severity: 'severe' },
  ...{ value, threshold },
});

describe('unlikely_face', () => {
  let service: Service;
  let dark: Buffer;
  let bright: Buffer;
  beforeAll(async () => {
    service = await withFace();
    dark = await grayJpeg(30);
    bright = await grayJpeg(220);
  });

  it('warns below the threshold of the version, and every decision is then uncertain', async () => {
    const [answer] = await facesOf(service, dark);
    expect(answer!.warnings).toContain('unlikely_face');
    const detail = answer!.warningDetails.find(({ code }) => code === 'unlikely_face');
    expect(detail).toEqual(unlikely(detail!.value, 0.4));
    expect(detail!.value).toBeLessThan(0.01);
    expect(answer!.atLeast).toMatchObject([{ age: 18, decision: 'uncertain' }]);
    expect(answer!.age.median).toBeCloseTo(30.5, 0);
    const { text } = await request(service.app).get('/metrics');
    expect(text).toContain('face_age_warnings_total{warning="unlikely_face"} 1');
  });

  it('does not warn above it, where the same ages are decided', async () => {
    const [answer] = await facesOf(service, bright);
    expect(answer!.warnings).not.toContain('unlikely_face');
    expect(answer!.atLeast).toMatchObject([{ age: 18, decision: 'yes' }]);
    expect(answer!.age.median).toBeCloseTo(30.5, 0);
    expect(answer!.buckets.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(
      1,
      3,
    );
  });

  it('is raised by the version only, whatever the request asks for', async () => {
    const aligned = await withFace({ framing: utkFraming, face: { threshold: 0.999 } });
    const group = await facePhoto(640, 480, [
      { left: 40, top: 60, side: 140, seed: 2 },
      { left: 340, top: 120, side: 260, seed: 3 },
    ]);
    for (const [faces, count] of [
      ['none', 1],
      ['largest', 1],
      ['all', 2],
    ] as const) {
      const answers = await facesOf(aligned, group, `&faces=${faces}`);
      expect(answers, faces).toHaveLength(count);
      for (const { warnings, atLeast } of answers) {
        expect(warnings, faces).toContain('unlikely_face');
        expect(atLeast, faces).toMatchObject([{ decision: 'uncertain' }]);
      }
    }
  });

  it('is counted for tensors, whose outputs are those of the ages alone', async () => {
    const before = await warningsIn(service);
    const pixels = new Array<number>(SIDE * SIDE).fill(20);
    const input = { name: 'pixels', datatype: 'UINT8', shape: [1, SIDE, SIDE, 1], data: pixels };
    const { body } = (await request(service.app)
      .post('/v2/models/face-age/infer')
      .send({ inputs: [input] })
      .expect(200)) as { body: unknown };
    const { outputs } = inferAnswerSchema.parse(body);
    const distribution = outputs.find(({ name }) => name === 'age_distribution')!;
    expect(distribution.shape).toEqual([1, 101]);
    expect((distribution.data as number[]).reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 4);
    expect(outputs.map(({ name }) => name)).toEqual([
      'age_distribution',
      'buckets',
      'age',
      'face_probability',
    ]);
    const [probability] = outputs.at(-1)!.data as number[];
    expect(probability).toBeCloseTo(faceNetworkOutput(20, 30).at(-1)!, 5);
    expect(await warningsIn(service)).toBe(before + 1);
    const metadata = await request(service.app).get('/v2/models/face-age').expect(200);
    expect((metadata.body as { outputs: object[] }).outputs.at(-1)).toEqual({
      ...{ name: 'face_probability', datatype: 'FP32', shape: [-1, 1] },
    });
  });

  it('does not count for the copy of a photo that another version answers', async () => {
    const pixels = new Uint8Array(SIDE * SIDE).fill(20);
    const before = await warningsIn(service);
    const { estimate } = await answerCopy(service.context.production, pixels);
    expect(estimate.mean).toBeCloseTo(30, 1);
    expect(await warningsIn(service)).toBe(before);
  });

  it('is never raised by a version without a face output', async () => {
    const without = await startWith((folder) => writeTinyArtifact(folder, 1));
    const [answer] = await facesOf(without, dark);
    expect(answer!.warnings).not.toContain('unlikely_face');
    const { body } = (await request(without.app)
      .post('/v2/models/face-age/infer')
      .type('image/jpeg')
      .send(dark)
      .expect(200)) as { body: unknown };
    const names = inferAnswerSchema.parse(body).outputs.map(({ name }) => name);
    expect(names).not.toContain('face_probability');
  });
});

async function warningsIn({ context }: Service): Promise<number> {
  const { values } = await context.metrics.warnings.get();
  return values.find(({ labels }) => labels.warning === 'unlikely_face')?.value ?? 0;
}
