import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerTo } from '../../support/answer-to.ts';
import { grayJpeg } from '../../support/gray-photo.ts';
import { isoFile, pngHeader } from '../../support/pictures.ts';
import { createTestService, type TestService } from '../../support/test-service.ts';

let service: TestService;
let photo: Buffer;

beforeAll(async () => {
  service = await createTestService({
    limits: { uploadMaxBytes: 20_000, requestMaxBytes: 60_000 },
  });
  photo = await grayJpeg(100);
});
afterAll(async () => {
  await request(service.app).post('/v1/predict').attach('image', photo, 'a.jpg').expect(200);
  await service.close();
});

const post = () => request(service.app).post('/v1/predict');

async function expectProblem(response: request.Test, status: number, code: string, detail: RegExp) {
  const { headers, body } = await answerTo(response.expect(status));
  expect(headers['content-type']).toBe('application/problem+json; charset=utf-8');
  const problem = body as { requestId: string; detail: string };
  expect(problem).toMatchObject({ status, code, type: `urn:face-age:error:${code}` });
  expect(problem.requestId).toBe(headers['x-request-id']);
  expect(problem.detail).toMatch(detail);
}

describe('a request without a photo', () => {
  it('gets an error when its body is empty', () => expectProblem(post(), 400, 'no_image', /empty/));
  it('gets an error when its form holds no file', () =>
    expectProblem(post().field('name', 'x'), 400, 'no_image', /no file/));
  it('gets an error when "image" is text', () =>
    expectProblem(post().field('image', 'photo.jpg'), 400, 'no_image', /is text.*curl -F/));
  it('gets an error when "images" is empty', () =>
    expectProblem(post().send({ images: [] }), 400, 'no_image', /images/));
});

describe('a malformed request', () => {
  it('names the file field it does not know', () =>
    expectProblem(post().attach('photo', photo, 'a.jpg'), 400, 'malformed_request', /"photo"/));
  it('is refused when the form has no boundary', () =>
    expectProblem(
      post().set('Content-Type', 'multipart/form-data').send('x'),
      400,
      'malformed_request',
      /[Bb]oundary/,
    ));
  it('is refused when the form ends early', () =>
    expectProblem(
      post()
        .set('Content-Type', 'multipart/form-data; boundary=b')
        .send('--b\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\nabc'),
      400,
      'malformed_request',
      /form/,
    ));
  it('is refused when its JSON cannot be parsed', () =>
    expectProblem(post().type('json').send('{"images":'), 400, 'malformed_request', /JSON/));
  it('is refused when its JSON has another shape', () =>
    expectProblem(post().send({ image: 'x' }), 400, 'malformed_request', /"images"/));
  it('is refused when an image is not base64', () =>
    expectProblem(post().send({ images: ['§§§§'] }), 400, 'malformed_request', /images\[0\]/));
  it('is refused when its path cannot be decoded', () =>
    expectProblem(request(service.app).get('/v1/models/%zz'), 400, 'malformed_request', /%/));
});

describe('a body of another type', () => {
  it('is refused by its type', () =>
    expectProblem(
      post().type('text/plain').send('hello'),
      415,
      'unsupported_media_type',
      /image\/\*/,
    ));
  it('is refused when it is compressed', () =>
    expectProblem(
      post().type('image/jpeg').set('Content-Encoding', 'gzip').send(photo),
      415,
      'unsupported_media_type',
      /Compressed/,
    ));
});

describe('a request over a limit', () => {
  it('is refused with too many photos in a form', async () => {
    let form = post();
    for (let index = 0; index < 17; index += 1) form = form.attach('image', photo, `${index}.jpg`);
    await expectProblem(form, 413, 'too_many_images', /16/);
  });
  it('is refused with too many photos in JSON', () =>
    expectProblem(post().send({ images: Array(17).fill('aaaa') }), 413, 'too_many_images', /16/));
  it('is refused with a photo of too many bytes in a form', () =>
    expectProblem(
      post().attach('image', Buffer.alloc(20_001), 'a.jpg'),
      413,
      'image_too_large',
      /20000 bytes/,
    ));
  it('reads a photo of exactly the size limit', () =>
    expectProblem(
      post().attach('image', Buffer.alloc(20_000), 'a.jpg'),
      415,
      'unsupported_image_format',
      /./,
    ));
  it('is refused with a photo of too many bytes as the body', () =>
    expectProblem(
      post().type('image/jpeg').send(Buffer.alloc(20_001)),
      413,
      'image_too_large',
      /20000 bytes/,
    ));
  it('is refused with a photo of too many bytes in JSON', () =>
    expectProblem(
      post().send({ images: [Buffer.alloc(20_001).toString('base64')] }),
      413,
      'image_too_large',
      /20000 bytes/,
    ));
  it('is refused with too many bytes in all', () =>
    expectProblem(post().type('json').send('x'.repeat(60_001)), 413, 'request_too_large', /60000/));
  it('is refused with too many text fields', async () => {
    let form = post();
    for (let index = 0; index < 17; index += 1) form = form.field(`f${index}`, 'x');
    await expectProblem(form, 413, 'too_many_fields', /16/);
  });
  it('is refused with too long a text field', () =>
    expectProblem(post().field('image', 'x'.repeat(10_001)), 413, 'too_many_fields', /too long/));
});

describe('a photo that cannot be answered', () => {
  const raw = (bytes: Buffer | string) =>
    post().type('application/octet-stream').send(Buffer.from(bytes));

  it('is refused as text', () =>
    expectProblem(raw('just some words'), 415, 'unsupported_image_format', /JPEG/));
  it('is refused as SVG', () =>
    expectProblem(
      raw('<svg xmlns="http://www.w3.org/2000/svg"/>'),
      415,
      'unsupported_image_format',
      /SVG/,
    ));
  it('is refused as HEIC that ends after its brands', () =>
    expectProblem(raw(isoFile('heic', 'mif1')), 422, 'image_undecodable', /heic image is damaged/));
  it('is refused when it is cut short', () =>
    expectProblem(raw(photo.subarray(0, 200)), 422, 'image_undecodable', /./));
  it('is refused with too many pixels', () =>
    expectProblem(raw(pngHeader(30_000, 30_000)), 413, 'too_many_pixels', /30000/));
  it('is refused below 16 pixels', async () =>
    expectProblem(raw(await grayJpeg(100, 15)), 422, 'image_too_small', /16/));
});
