import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { utkFraming } from '../../../src/registry/framing.ts';
import {
  predictAnswerSchema,
  problemDocumentSchema,
  type Prediction,
} from '../../../src/serving/predict/answer.ts';
import { facePhoto, isOn, type PlacedFace } from '../../support/face-photo.ts';
import { grayJpeg, levelOfAge } from '../../support/gray-photo.ts';
import { withOrientation } from '../../support/pictures.ts';
import { createTestService, type TestService } from '../../support/test-service.ts';

const small: PlacedFace = { left: 40, top: 60, side: 140, seed: 2 };
const large: PlacedFace = { left: 340, top: 120, side: 260, seed: 3 };

let service: TestService;
let group: Buffer;
let empty: Buffer;

beforeAll(async () => {
  service = await createTestService({
    manifest: { framing: utkFraming },
    settings: { MAX_FACES: 3 },
  });
  group = await facePhoto(640, 480, [small, large]);
  empty = await grayJpeg(levelOfAge(40));
});
afterAll(async () => {
  await service.close();
});

const post = (photo: Buffer, query = '') =>
  request(service.app).post(`/v1/predict${query}`).type('image/jpeg').send(photo);

async function predictionsOf(photo: Buffer, query = '') {
  const { body } = (await post(photo, query).expect(200)) as { body: unknown };
  return predictAnswerSchema.parse(body).predictions;
}

async function predictionOf(photo: Buffer, query = ''): Promise<Prediction> {
  const [prediction] = await predictionsOf(photo, query);
  if (prediction === undefined || !('age' in prediction)) throw new Error('no prediction');
  return prediction;
}

async function facesOf(photo: Buffer, query: string) {
  const [prediction] = await predictionsOf(photo, query);
  if (prediction === undefined || !('faces' in prediction)) throw new Error('no faces');
  return prediction.faces;
}

async function problemOf(photo: Buffer, query = '') {
  return problemDocumentSchema.parse((await post(photo, query)).body);
}

describe('the largest face', () => {
  it('is answered by default, with its place in the photo', async () => {
    const { face, id } = await predictionOf(group);
    expect(isOn(face!.box, large)).toBe(true);
    expect(face!.score).toBeGreaterThan(0.5);
    expect(Math.abs(face!.rollDegrees)).toBeLessThan(10);
    expect(face!.landmarks.leftEye.x).toBeLessThan(face!.landmarks.rightEye.x);
    expect(id).toMatch(/-0$/);
  });

  it('is placed in the photo as displayed, with its EXIF orientation', async () => {
    // Stored pixels that must be turned by 180 degrees, although the face stands upright in them.
    const { face } = await predictionOf(withOrientation(group, 3));
    const turned = {
      ...large,
      left: 640 - large.left - large.side,
      top: 480 - large.top - large.side,
    };
    expect(isOn(face!.box, turned)).toBe(true);
    expect(Math.abs(face!.rollDegrees)).toBeGreaterThan(150);
  });

  it('is searched in the crop alone where the request says so, in coordinates of the whole photo', async () => {
    const { face } = await predictionOf(group, '?faces=largest&crop=0,0,0.4,1');
    expect(isOn(face!.box, small)).toBe(true);
  });

  it('is refused by name in a photo without a face, with what to do', async () => {
    const problem = await problemOf(empty);
    expect(problem).toMatchObject({ status: 422, code: 'no_face' });
    expect(problem.detail).toContain('faces=none');
    expect(problem.detail).toContain('crop=');
  });

  it('is refused in the photos without one only, where others have one', async () => {
    const response = await request(service.app)
      .post('/v1/predict')
      .attach('image', empty, 'empty.jpg')
      .attach('image', group, 'group.jpg')
      .expect(200);
    const { predictions } = predictAnswerSchema.parse(response.body);
    expect(predictions[0]).toMatchObject({ filename: 'empty.jpg', error: { code: 'no_face' } });
    expect(predictions[1]).toMatchObject({ index: 1, filename: 'group.jpg' });
  });
});

describe('all faces', () => {
  it('are answered largest first, each with an id of its own', async () => {
    const faces = await facesOf(group, '?faces=all&atLeast=18');
    expect(faces).toHaveLength(2);
    expect(isOn(faces[0]!.face!.box, large)).toBe(true);
    expect(isOn(faces[1]!.face!.box, small)).toBe(true);
    expect(faces.map(({ id }) => id.replace(/^[0-9a-f-]{36}/, ''))).toEqual(['-0-0', '-0-1']);
    expect(faces[0]!.atLeast).toHaveLength(1);
  });

  it('are an empty list where there are none', async () => {
    expect(await facesOf(empty, '?faces=all')).toEqual([]);
  });

  it('are at most MAX_FACES', async () => {
    const row = [0, 1, 2, 3].map((place) => ({
      left: place * 160,
      top: 40,
      side: 150,
      seed: place,
    }));
    const photo = await facePhoto(640, 240, row);
    expect(await facesOf(photo, '?faces=all')).toHaveLength(3);
  });

  it('are refused where the answer could have too many probabilities', async () => {
    const buckets = Array.from({ length: 101 }, (_, age) => `${age}-${age === 100 ? 120 : age}`);
    const ages = Array.from({ length: 101 }, (_, age) => age);
    const query = `buckets=${buckets.join(',')}&atLeast=${ages.join(',')}`;
    const many = await createTestService({
      manifest: { framing: utkFraming },
      settings: { MAX_FACES: 100 },
    });
    try {
      const ask = (faces: string) =>
        request(many.app)
          .post(`/v1/predict?faces=${faces}&${query}`)
          .type('image/jpeg')
          .send(empty);
      const { body } = (await ask('all').expect(400)) as { body: unknown };
      expect(problemDocumentSchema.parse(body).detail).toContain('20000');
      await ask('none').expect(200);
    } finally {
      await many.close();
    }
  });
});

describe('a framed face', () => {
  it('is the whole photo with faces=none, also where there is no face', async () => {
    const { age, face } = await predictionOf(empty, '?faces=none');
    expect(age.mean).toBe(40);
    expect(face).toBeUndefined();
  });

  it.each(['crop=0,0,1,1', 'crop=center'])(
    'is the crop of a request with %s alone',
    async (crop) => {
      expect((await predictionOf(empty, `?${crop}`)).face).toBeUndefined();
    },
  );
});

it('refuses an unknown mode, and names those that there are', async () => {
  const problem = await problemOf(group, '?faces=some');
  expect(problem).toMatchObject({ status: 400, code: 'invalid_query' });
  expect(problem.detail).toContain('largest, all, none');
});

it('counts photos by what was found', async () => {
  const none = async (): Promise<number> => {
    const { values } = await service.metrics.facesFound.get();
    return values.find(({ labels }) => labels.outcome === 'none')?.value ?? 0;
  };
  const before = await none();
  await facesOf(empty, '?faces=all');
  expect((await none()) - before).toBe(1);
});

describe('with FACES=none', () => {
  it('each photo is the framed face unless the request says otherwise', async () => {
    const framed = await createTestService({
      manifest: { framing: utkFraming },
      settings: { FACES: 'none' },
    });
    try {
      const ask = (query: string) =>
        request(framed.app).post(`/v1/predict${query}`).type('image/jpeg').send(empty);
      await ask('').expect(200);
      await ask('?faces=largest').expect(422);
    } finally {
      await framed.close();
    }
  });
});

describe('a version without framing', () => {
  it('takes photos as sent, and says what it needs to find faces', async () => {
    const asSent = await createTestService({});
    try {
      const ask = (query: string) =>
        request(asSent.app).post(`/v1/predict${query}`).type('image/jpeg').send(empty);
      await ask('').expect(200);
      const { body } = (await ask('?faces=largest').expect(400)) as { body: unknown };
      const { code, detail } = problemDocumentSchema.parse(body);
      expect(code).toBe('invalid_query');
      expect(detail).toContain('refresh 1 --framing aligned');
    } finally {
      await asSent.close();
    }
  });
});
