import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { utkFraming } from '../../../src/registry/framing.ts';
import { facePhoto, isOn, type PlacedFace } from '../../support/face-photo.ts';
import { grayJpeg, levelOfAge } from '../../support/gray-photo.ts';
import { createTestService, type TestService } from '../../support/test-service.ts';

const small: PlacedFace = { left: 40, top: 60, side: 140, seed: 2 };
const large: PlacedFace = { left: 340, top: 120, side: 260, seed: 3 };

let service: TestService;
let group: Buffer;
let empty: Buffer;

beforeAll(async () => {
  service = await createTestService({ manifest: { framing: utkFraming } });
  group = await facePhoto(640, 480, [small, large]);
  empty = await grayJpeg(levelOfAge(40));
});
afterAll(async () => {
  await service.close();
});

describe('faces in the Open Inference Protocol', () => {
  const infer = (photos: readonly Buffer[], parameters: object) =>
    request(service.app)
      .post('/v2/models/face-age/infer')
      .send({
        parameters,
        inputs: [
          {
            name: 'image',
            datatype: 'BYTES',
            shape: [photos.length],
            data: photos.map((photo) => photo.toString('base64')),
          },
        ],
      });
  const outputsOf = ({ body }: { body: unknown }) =>
    new Map(
      (body as { outputs: { name: string; shape: number[]; data: number[] }[] }).outputs.map(
        (output) => [output.name, output],
      ),
    );

  it('takes photos for framed faces by default', async () => {
    const outputs = outputsOf(await infer([empty], {}).expect(200));
    expect(outputs.get('age')).toMatchObject({ shape: [1, 1], data: [40] });
    expect(outputs.has('face_box')).toBe(false);
  });

  it('answers one row for each face where all are asked for', async () => {
    const outputs = outputsOf(await infer([empty, group], { faces: 'all' }).expect(200));
    expect(outputs.get('photo_index')).toMatchObject({
      datatype: 'INT64',
      shape: [2],
      data: [1, 1],
    });
    expect(outputs.get('face_score')).toMatchObject({ shape: [2] });
    expect(outputs.get('age')?.shape).toEqual([2, 1]);
    const { shape, data } = outputs.get('face_box')!;
    expect(shape).toEqual([2, 4]);
    const [x, y, width, height] = data as [number, number, number, number];
    expect(isOn({ x, y, width, height }, large)).toBe(true);
  });

  it('answers no rows where there are no faces', async () => {
    const outputs = outputsOf(await infer([empty], { faces: 'all' }).expect(200));
    expect(outputs.get('age')).toMatchObject({ shape: [0, 1], data: [] });
    expect(outputs.get('face_box')).toMatchObject({ shape: [0, 4], data: [] });
  });

  it('names the photo without a face where the largest of each is asked for', async () => {
    const { body } = (await infer([group, empty], { faces: 'largest' }).expect(422)) as {
      body: { error: string };
    };
    expect(body.error).toMatch(/no_face.*Photo 1/);
  });
});
