import sharp from 'sharp';
import request from 'supertest';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isSameSubject } from '../../../src/registry/feedback/feedback-face.ts';
import { subjectOf, type FeedbackRecord2 } from '../../../src/registry/feedback/feedback-record.ts';
import { FeedbackStore } from '../../../src/registry/feedback/feedback-store.ts';
import { utkFraming } from '../../../src/registry/framing.ts';
import { feedbackAnswerSchema } from '../../../src/serving/http/routes/feedback-routes.ts';
import { predictAnswerSchema } from '../../../src/serving/predict/answer.ts';
import { answerTo } from '../../support/answer-to.ts';
import { facePhoto, isOn, type PlacedFace } from '../../support/face-photo.ts';
import { writableMemoryStore } from '../../support/fakes/writable-memory-store.ts';
import { grayJpeg } from '../../support/gray-photo.ts';
import { createTestService, type TestService } from '../../support/test-service.ts';

const left: PlacedFace = { left: 40, top: 90, side: 240, seed: 2 };
const right: PlacedFace = { left: 340, top: 100, side: 260, seed: 3 };
const memory = writableMemoryStore();
const store = new FeedbackStore(memory);

let service: TestService;
let group: Buffer;
let single: Buffer;

beforeAll(async () => {
  service = await createTestService({
    manifest: { framing: utkFraming },
    feedback: { store: memory },
    maxPixels: 2_000_000,
    limits: { uploadMaxBytes: 1_000_000, requestMaxBytes: 2_000_000 },
  });
  group = await facePhoto(640, 480, [left, right]);
  const plain = await facePhoto(1600, 1200, [{ left: 200, top: 150, side: 800, seed: 4 }]);
  // Stored upside down: viewers turn it by 180 degrees.
  single = await sharp(plain)
    .rotate(180)
    .withMetadata({ orientation: 3 })
    .withExifMerge({ IFD0: { Artist: 'Somebody' }, IFD3: { GPSLatitudeRef: 'N' } })
    .jpeg()
    .toBuffer();
});
afterEach(() => memory.objects.clear());
afterAll(() => service.close());

function post(photo: Buffer, fields: Record<string, string>) {
  const sent = request(service.app).post('/v1/feedback');
  for (const [name, value] of Object.entries(fields)) void sent.field(name, value);
  return sent.attach('image', photo, 'a.jpg');
}

async function recordOf(body: unknown): Promise<FeedbackRecord2> {
  const record = await store.findById(feedbackAnswerSchema.parse(body).id);
  if (record?.schemaVersion !== 2) throw new Error('no record of schema 2');
  return record;
}

async function facesOf(photo: Buffer) {
  const sent = request(service.app).post('/v1/predict?faces=all').type('image/jpeg').send(photo);
  const { body } = await answerTo(sent.expect(200));
  const [prediction] = predictAnswerSchema.parse(body).predictions;
  return 'faces' in prediction! ? prediction.faces : [];
}

/** The face's place in the photo as sent. */
const placeOf = (record: FeedbackRecord2) => subjectOf(record).face!;
const boxText = ({ left: x, top: y, side }: PlacedFace) => `${x},${y},${side},${side}`;

describe('feedback for a photo with a face', () => {
  it('stores only what surrounds the face: upright, small and without metadata', async () => {
    const { body } = await answerTo(post(single, { age: '30' }).expect(201));
    const record = await recordOf(body);
    const jpeg = await store.readPhoto(record);
    const { width, height, exif, orientation } = await sharp(jpeg).metadata();
    expect([width, height]).toEqual([record.photo.width, record.photo.height]);
    expect(Math.max(width, height)).toBeLessThanOrEqual(512);
    expect([exif, orientation]).toEqual([undefined, undefined]);
    expect(jpeg.toString('latin1')).not.toContain('Somebody');
    const { box, landmarks } = record.face!;
    expect(width / box.width).toBeGreaterThan(1.6);
    expect(width / box.width).toBeLessThan(2.1);
    expect(landmarks.leftEye.y).toBeLessThan(landmarks.mouth.y);
    expect(landmarks.leftEye.x).toBeLessThan(landmarks.rightEye.x);
    const [found] = await facesOf(jpeg);
    const same = { region: box, face: found!.face!.box };
    expect(isSameSubject(same, { region: box, face: box })).toBe(true);
    expect(feedbackAnswerSchema.parse(body).face).toEqual(record.face);
  });

  it('refuses a photo with several faces, and says what to give', async () => {
    const { body } = await answerTo(post(group, { age: '30' }).expect(422));
    expect(body).toMatchObject({ code: 'several_faces' });
    expect((body as { detail: string }).detail).toMatch(/"face".*x,y,width,height.*predictionId/);
    expect(memory.objects.size).toBe(0);
  });

  it('stores the face that is nearest to the given one, and no other one', async () => {
    for (const face of [left, right]) {
      const fields = { age: '30', face: boxText(face) };
      const { body } = await answerTo(post(group, fields).expect(201));
      const record = await recordOf(body);
      expect(isOn(placeOf(record), face)).toBe(true);
      expect(await facesOf(await store.readPhoto(record))).toHaveLength(1);
    }
  });

  it('paints over a smaller face within the stored part', async () => {
    const main: PlacedFace = { left: 200, top: 120, side: 300, seed: 3 };
    const small: PlacedFace = { left: 410, top: 100, side: 110, seed: 5 };
    const photo = await facePhoto(640, 480, [main, small]);
    const [, other] = await facesOf(photo);
    const { box } = other!.face!;
    expect(isOn(box, small)).toBe(true);
    const record = await recordOf((await answerTo(post(photo, { age: '30' }).expect(201))).body);
    const { region, width } = record.photo;
    const scale = width / region.width;
    const at = (start: number, length: number, from: number) =>
      Math.round((start + length / 2 - from) * scale);
    const part = {
      left: at(box.x, box.width, region.x) - 4,
      top: at(box.y, box.height, region.y) - 4,
      ...{ width: 8, height: 8 },
    };
    const { channels } = await sharp(
      await sharp(await store.readPhoto(record))
        .extract(part)
        .png()
        .toBuffer(),
    ).stats();
    for (const { mean } of channels) expect(Math.abs(mean - 128)).toBeLessThan(4);
  });

  it('stores each face of a prediction with all faces by its own id', async () => {
    const faces = await facesOf(group);
    expect(faces).toHaveLength(2);
    for (const { id: predictionId, face, age } of faces) {
      const sent = request(service.app).post('/v1/feedback').send({ predictionId, age: 30 });
      const record = await recordOf((await answerTo(sent.expect(201))).body);
      expect(record.answer.age.mean).toBe(age.mean);
      const place = placeOf(record);
      expect(Math.abs(place.x - face!.box.x)).toBeLessThan(3);
      expect(await facesOf(await store.readPhoto(record))).toHaveLength(1);
    }
  });

  it('refuses a photo without a face, and a face that is not there', async () => {
    const none = await answerTo(post(await grayJpeg(90), { age: '30' }).expect(422));
    expect(none.body).toMatchObject({ code: 'no_face' });
    const fields = { age: '30', face: '600,0,20,20' };
    const away = await answerTo(post(group, fields).expect(422));
    expect(away.body).toMatchObject({ code: 'no_face' });
  });

  it('uses the largest face where the others are much smaller', async () => {
    const child: PlacedFace = { left: 20, top: 20, side: 120, seed: 5 };
    const photo = await facePhoto(640, 480, [child, right]);
    const { body } = await answerTo(post(photo, { age: '30' }).expect(201));
    expect(isOn(placeOf(await recordOf(body)), right)).toBe(true);
  });
});
