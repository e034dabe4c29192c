import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { predictAnswerSchema, type Prediction } from '../../../src/serving/predict/answer.ts';
import { answerTo } from '../../support/answer-to.ts';
import { browserPath, browserSkip, launchBrowser, openPage } from '../../support/browser.ts';
import { grayJpeg, levelOfAge } from '../../support/gray-photo.ts';
import { exchange, listen, type ListeningServer } from '../../support/listening.ts';
import { createTestService, type TestService } from '../../support/test-service.ts';

const run = promisify(execFile);
const curl = await run('curl', ['--version']).then(
  () => '',
  () => ' (skipped: there is no curl)',
);

const AGE = 33;
let service: TestService;
let server: ListeningServer;
let photo: Buffer;
let folder: string;
const address = () => `http://127.0.0.1:${server.port}/v1/predict`;

beforeAll(async () => {
  service = await createTestService();
  server = await listen(service.app);
  photo = await grayJpeg(levelOfAge(AGE), 400);
  folder = await mkdtemp(path.join(tmpdir(), 'upload-clients-'));
  await writeFile(path.join(folder, 'a.jpg'), photo);
  await writeFile(
    path.join(folder, 'a.json'),
    JSON.stringify({ images: [photo.toString('base64')] }),
  );
});
afterAll(async () => {
  await server.close();
  await service.close();
  await rm(folder, { recursive: true });
});

const predictionOf = (body: unknown) =>
  predictAnswerSchema.parse(body).predictions[0] as Prediction;

/** A form of one photo with these headers of its part. */
function form(boundary: string, headers: readonly string[]): Buffer {
  const head = [`--${boundary}`, ...headers, '', ''].join('\r\n');
  return Buffer.concat([Buffer.from(head), photo, Buffer.from(`\r\n--${boundary}--\r\n`)]);
}

const plain = 'Content-Disposition: form-data; name="image"; filename="a.jpg"';
const jpegType = 'Content-Type: image/jpeg';

describe('a form as clients build it', () => {
  it.each<[string, string, string, string[]]>([
    [
      'Python requests',
      '0a1b2c3d4e5f60718293a4b5c6d7e8f9',
      'boundary=0a1b2c3d4e5f60718293a4b5c6d7e8f9',
      [plain],
    ],
    [
      'Python requests with a name beyond ASCII',
      'b1',
      'boundary=b1',
      ['Content-Disposition: form-data; name="image"; filename*=utf-8\'\'f%C3%BCr.jpg'],
    ],
    [
      'Apache HttpClient',
      '-XrQ/dc2',
      'boundary=-XrQ/dc2; charset=UTF-8',
      [plain, 'Content-Type: application/octet-stream', 'Content-Transfer-Encoding: binary'],
    ],
    ['Jakarta Mail', '----=_Part_4_12', 'boundary="----=_Part_4_12"', [plain, jpegType]],
    ['a hand-rolled Java client', '----=_Part_4_12', 'boundary=----=_Part_4_12', [jpegType, plain]],
    [
      'Spring',
      'Zm9v_-',
      'boundary=Zm9v_-;charset=UTF-8',
      [plain, jpegType, 'Content-Length: 1234'],
    ],
    ['Alamofire', 'alamofire.boundary.9f', 'boundary=alamofire.boundary.9f', [plain, jpegType]],
    [
      'a hand-rolled Swift client without a filename',
      'Boundary-7B',
      'boundary=Boundary-7B',
      ['Content-Disposition: form-data; name="image"', jpegType],
    ],
    [
      'a client that names octets without a filename',
      'abc',
      'boundary=abc',
      ['Content-Disposition: form-data; name=image', 'Content-Type: application/octet-stream'],
    ],
    [
      '.NET',
      '5c1f',
      'boundary="5c1f"',
      [
        "Content-Disposition: form-data; name=image; filename=a.jpg; filename*=utf-8''a.jpg",
        jpegType,
      ],
    ],
    [
      'Dart',
      'dart-http-boundary-x.1+',
      'boundary=dart-http-boundary-x.1+',
      [
        'content-type: application/octet-stream',
        'content-disposition: form-data; name="image"; filename="a.jpg"',
      ],
    ],
    ['a client that ends its parameters', 'abc', 'boundary=abc;', [plain, jpegType]],
    ['a client with empty parameters', 'abc', '; boundary=abc; ;', [plain, jpegType]],
  ])('%s', async (_client, boundary, parameters, headers) => {
    const response = await request(service.app)
      .post('/v1/predict')
      .set('Content-Type', `multipart/form-data; ${parameters}`)
      .send(form(boundary, headers))
      .expect(200);
    expect(predictionOf(response.body).age.mean).toBe(AGE);
  });

  it("Node's fetch", async () => {
    const body = new FormData();
    body.append('image', new Blob([new Uint8Array(photo)], { type: 'image/jpeg' }), 'a.jpg');
    body.append('_charset_', 'utf-8');
    body.append('atLeast', '18');
    const response = await fetch(address(), { method: 'POST', body });
    expect(predictionOf(await response.json())).toMatchObject({
      age: { mean: AGE },
      atLeast: [{ age: 18 }],
    });
  });

  it.skipIf(browserPath === undefined)(`Chromium${browserSkip}`, async () => {
    const browser = await launchBrowser();
    const { page } = await openPage(browser, {});
    await page.goto(`http://127.0.0.1:${server.port}/`);
    const answer = await page.evaluate(async (base64) => {
      const bytes = Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));
      const body = new FormData();
      body.append('image', new Blob([bytes], { type: 'image/jpeg' }), 'für mich.jpg');
      body.append('crop', '0,0,1,1');
      return (await fetch('v1/predict', { method: 'POST', body })).json();
    }, photo.toString('base64'));
    await browser.close();
    expect(predictionOf(answer)).toMatchObject({ age: { mean: AGE }, filename: 'für mich.jpg' });
  });

  it.skipIf(curl !== '').each([
    ['a form', ['-F', 'image=@a.jpg']],
    ['a form with a field', ['-F', 'image=@a.jpg', '-F', 'crop=0,0,1,1']],
    ['a body', ['--data-binary', '@a.jpg', '-H', 'Content-Type: image/jpeg']],
    [
      'a body with the type of object stores',
      ['--data-binary', '@a.jpg', '-H', 'Content-Type: binary/octet-stream'],
    ],
    [
      'a body whose encoding is spelled out',
      [
        '--data-binary',
        '@a.jpg',
        '-H',
        'Content-Type: image/jpeg',
        '-H',
        'Content-Encoding: Identity',
      ],
    ],
    ['a streamed body', ['-T', 'a.jpg', '-X', 'POST', '-H', 'Content-Type: image/jpeg']],
    ['JSON', ['-d', '@a.json', '-H', 'Content-Type: application/json']],
  ])(`curl: %s${curl}`, async (_how, given) => {
    const { stdout } = await run('curl', ['-sS', ...given, address()], { cwd: folder });
    expect(predictionOf(JSON.parse(stdout)).age.mean).toBe(AGE);
  });
});

describe('JSON from clients', () => {
  const json = () => JSON.stringify({ images: [photo.toString('base64')] });
  const post = async (body: Buffer) => {
    const headers = { 'Content-Type': 'application/json' };
    const answer = await fetch(address(), { method: 'POST', body: new Uint8Array(body), headers });
    return { status: answer.status, body: await answer.json() };
  };

  it('may begin with a byte-order mark', async () => {
    const { body } = await post(Buffer.from(`\ufeff${json()}`));
    expect(predictionOf(body).age.mean).toBe(AGE);
  });

  it('is refused in UTF-16, by name', async () => {
    const { status, body } = await post(Buffer.from(`\ufeff${json()}`, 'utf16le'));
    expect(status).toBe(400);
    expect(body).toMatchObject({
      detail: 'The body is not JSON in UTF-8; it seems to be in UTF-16.',
    });
  });

  it('is named where base64 was sent as a file', async () => {
    const base64 = Buffer.from(photo.toString('base64').replaceAll(/.{76}/g, '$&\r\n'));
    const sent = request(service.app).post('/v1/predict').attach('image', base64, 'a.jpg');
    const { body } = await answerTo(sent.expect(415));
    expect(body).toMatchObject({
      detail: expect.stringContaining('{"images": ["<base64>"]}') as string,
    });
  });
});

describe('what Node would answer without a body', () => {
  it.each([
    [
      'an expectation that nobody knows',
      'POST /v1/predict HTTP/1.1\r\nHost: x\r\nExpect: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
      417,
      'expectation_failed',
    ],
    [
      'a request without a host',
      'GET /v1/models HTTP/1.1\r\nConnection: close\r\n\r\n',
      400,
      'malformed_request',
    ],
  ])('%s is a problem document', async (_what, text, status, code) => {
    const answer = await exchange(server.port, text);
    const [head, body] = answer.split('\r\n\r\n') as [string, string];
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [^]*application/problem\\+json`));
    expect(body).toContain(`"code":"${code}"`);
  });

  it('HTTP/1.0 needs no host', async () => {
    expect(await exchange(server.port, 'GET /healthz HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200/);
  });
});
