import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { Request } from 'express';
import { describe, expect, it } from 'vitest';
import { createFormReader } from '../../../../src/serving/http/upload/multipart-upload.ts';
import { createMultipartReader } from '../../../../src/serving/http/upload/multipart-upload.ts';
import { UploadBudget } from '../../../../src/serving/http/upload/upload-budget.ts';

const type = 'multipart/form-data; boundary=edge';
const disposition = 'Content-Disposition: form-data; name="image"; filename="a.jpg"';
const part = `--edge\r\n${disposition}\r\n\r\nphoto\r\n`;
const nameless = 'Content-Disposition: form-data; name="image"';
const limits = { uploadMaxBytes: 1000, requestMaxBytes: 500_000, maxImages: 4 };
const readPhotos = createMultipartReader(limits);
const readForm = createFormReader(limits);
const readers = [readPhotos, readForm];

/** The contents of the photos, or the code of the refusal, of a body that arrives in pieces. */
async function answerTo(read: typeof readPhotos, pieces: readonly string[]): Promise<unknown> {
  const request = new IncomingMessage(new Socket());
  const length = pieces.join('').length;
  request.headers = { 'content-type': type, 'content-length': String(length) };
  const upload = new UploadBudget(1_000_000).open(request, new ServerResponse(request));
  const reading = read(request as Request, upload).then(
    ({ photos }) => photos.map(({ bytes }) => Buffer.from(bytes).toString()),
    (error: unknown) => (error as { code: string }).code,
  );
  // As the HTTP parser delivers a request: the end follows in the turn of the last piece.
  for (const [index, piece] of pieces.entries()) {
    if (index > 0) await setImmediate();
    if (piece !== '') request.push(Buffer.from(piece));
  }
  request.complete = true;
  request.push(null);
  return reading;
}

describe('a form', () => {
  const broken = `--edge\r\nContent-Disposition: form-data; napreamble\r\n--edge\r\n`;
  it.each([
    ['of two photos', `${part}${part}--edge--\r\n`, ['photo', 'photo']],
    ['with a preamble and an epilogue', `hello\r\n${part}--edge--\r\n${part}`, ['photo']],
    [
      'of a part without a file name',
      `--edge\r\n${nameless}\r\nContent-Type: image/jpeg\r\n\r\nphoto\r\n--edge--`,
      ['photo'],
    ],
    [
      'of a part that says that it is text',
      `--edge\r\n${nameless}\r\nContent-Type: text/plain\r\n\r\nphoto\r\n--edge--`,
      'no_image',
    ],
    ['that ends at once', `--edge--\r\n${part}${part}--edge--`, 'no_image'],
    ['that ends at once before broken parts', `--edge--\r\nx\r\n${broken}`, 'no_image'],
    ['with broken parts', `${broken}\r\n--edge--`, 'malformed_request'],
    ['without an end', part, 'malformed_request'],
    ['with a delimiter that goes on', `${part}--edge?\r\n${part}--edge--`, 'malformed_request'],
    ['with too many photos', `${part.repeat(5)}--edge--`, 'too_many_images'],
    ['with thousands of parts', `${part.repeat(3000)}--edge--`, 'too_many_images'],
    ['that is broken after a photo', `${part}${broken}\r\n--edge--`, 'malformed_request'],
  ])('%s is read the same however it is cut', async (_what, body, expected) => {
    const step = Math.max(1, Math.floor(body.length / 100));
    for (const read of readers) {
      expect(await answerTo(read, [body])).toEqual(expected);
      for (let at = 1; at < body.length; at += step) {
        expect(await answerTo(read, [body.slice(0, at), body.slice(at)])).toEqual(expected);
      }
    }
  });
});
