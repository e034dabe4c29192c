import request from 'supertest';
import { afterEach, describe, expect, it } from 'vitest';
import type { DriftFacts } from '../../../src/serving/drift/drift-monitor.ts';
import { referenceOf } from '../../../src/registry/drift/reference-histograms.ts';
import { modelsAnswerSchema } from '../../../src/serving/http/routes/models-answer.ts';
import { answerTo } from '../../support/answer-to.ts';
import { grayJpeg } from '../../support/gray-photo.ts';
import { ManualClock } from '../../support/fakes/manual-clock.ts';
import { createTestService, type TestService } from '../../support/test-service.ts';

const WINDOW = 64;
const PHOTOS_AT_ONCE = 16;
/** As many of each; the fake engine answers 40 to 59 for them. */
const levels = Array.from({ length: 20 }, (_, n) => Math.round(((40 + n) / 100) * 255));
const reference = referenceOf({
  predicted_age: levels.flatMap((level) => new Array<number>(40).fill((level / 255) * 100)),
  brightness: levels.flatMap((level) => new Array<number>(40).fill(level)),
  photo_size: new Array<number>(800).fill(64),
});

let service: TestService;
afterEach(() => service.close());

/** Sends photos of the levels in turn, `darkerBy` as many gray levels. */
async function send(photos: number, darkerBy = 0): Promise<void> {
  for (let first = 0; first < photos; first += PHOTOS_AT_ONCE) {
    const upload = request(service.app).post('/v1/predict');
    for (let photo = first; photo < first + PHOTOS_AT_ONCE; photo++) {
      const level = levels[(photo * 7) % levels.length]!;
      upload.attach('image', await grayJpeg(level - darkerBy), 'a.jpg');
    }
    await upload.expect(200);
  }
}

async function drift() {
  const { body } = await answerTo(request(service.app).get('/v1/models').expect(200));
  return modelsAnswerSchema.parse(body).drift;
}

async function sampled(name: string): Promise<string[]> {
  const { text } = await answerTo(request(service.app).get('/metrics').expect(200));
  return text.split('\n').filter((line) => line.startsWith(name));
}

describe('a server that watches drift', () => {
  it('shows how far the photos are from the reference, and reports it once per cool-down', async () => {
    const clock = new ManualClock();
    const reported: DriftFacts[] = [];
    const onDrift = (facts: DriftFacts) => void reported.push(facts);
    const options = { windowPhotos: WINDOW, coolDownMs: 1000, onDrift };
    service = await createTestService({ manifest: { reference }, drift: options, clock });

    await send(WINDOW / 2);
    expect(await drift()).toMatchObject({ version: 1, reason: null, features: {} });
    expect((await drift())!.window).toMatchObject({ photos: WINDOW / 2, size: WINDOW });
    expect(await sampled('face_age_drift_psi')).toEqual([]);

    await send(WINDOW);
    const calm = (await drift())!;
    expect(Object.keys(calm.features)).toEqual(['predicted_age', 'brightness', 'photo_size']);
    for (const { psi, limit, drifts } of Object.values(calm.features)) {
      expect(psi).toBeLessThan(0.2);
      expect(limit).toBeGreaterThanOrEqual(calm.threshold);
      expect(drifts).toBe(false);
    }
    expect(await sampled('face_age_drift_events_total')).toEqual(['face_age_drift_events_total 0']);

    await send(WINDOW, 60);
    const drifted = (await drift())!;
    expect(drifted.features.brightness).toMatchObject({ drifts: true });
    expect(drifted.features.photo_size).toMatchObject({ drifts: false });
    expect(drifted.raisedAt).not.toBeNull();
    expect(reported).toHaveLength(1);
    expect(await sampled('face_age_drift_events_total')).toEqual(['face_age_drift_events_total 1']);
    const [shown] = await sampled('face_age_drift_psi{feature="brightness"}');
    expect(Number(shown!.split(' ')[1])).toBeCloseTo(drifted.features.brightness!.psi, 3);
    expect(await sampled('face_age_drift_window_photos')).toEqual([
      `face_age_drift_window_photos ${WINDOW}`,
    ]);

    await clock.advance(1000);
    await send(PHOTOS_AT_ONCE, 60);
    expect(reported).toHaveLength(2);
  });

  it('reports that a version without a reference is not watched, and still answers', async () => {
    service = await createTestService({ manifest: { reference }, drift: { windowPhotos: WINDOW } });
    await send(WINDOW);
    expect(await sampled('face_age_drift_psi')).toHaveLength(3);
    await service.folder.writeVersion(2);
    await service.serve(2);
    await send(WINDOW);
    expect(await drift()).toMatchObject({
      version: 2,
      reason: expect.stringContaining('npm run refresh -- 2') as string,
      window: { photos: 0, since: null },
      features: {},
    });
    expect(await sampled('face_age_drift_psi')).toEqual([]);
  });
});

describe('a server that does not watch drift', () => {
  it('shows none', async () => {
    service = await createTestService({ manifest: { reference } });
    expect(await drift()).toBeNull();
  });
});
