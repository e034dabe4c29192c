import { createHash } from 'node:crypto';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { Request } from 'express';
import { seededRandom } from '../../../src/common/random.ts';
import { UploadBudget } from '../../../src/serving/http/upload/upload-budget.ts';
import {
  createFormReader,
  createMultipartReader,
} from '../../../src/serving/http/upload/multipart-upload.ts';
import { assertEqual, refusal, type Target } from './target.ts';

const limits = { uploadMaxBytes: 2000, requestMaxBytes: 20_000, maxImages: 4 };
const budget = new UploadBudget(1_000_000);
const readPhotos = createMultipartReader(limits);
const readForm = createFormReader(limits);

const edge = 'multipart/form-data; boundary=edge\n';
const file = 'Content-Disposition: form-data; name="image"; filename="a.jpg"\r\n';
const type = 'Content-Type: image/jpeg\r\n';
const one = `--edge\r\n${file}${type}\r\nphoto\r\n--edge--\r\n`;

/**
 * A form, whose content type is the first line of an input. The reader of photos, which has a fast path for one photo, and the
 * reader of forms must read the same, in however many pieces the body arrives.
 */
export const form: Target = {
  name: 'form',
  guidedBy: /src\/serving\/http\/upload\/|busboy|multer/,
  words: [
    '\r\n',
    '--edge',
    '\r\n--edge',
    '--edge--',
    '--',
    'boundary=edge',
    'boundary="edge"',
    file,
    type,
    'name="image"',
    'name="age"',
    'filename="',
    "filename*=utf-8''a%20b",
    'Content-Transfer-Encoding: base64\r\n',
    ': ',
    '"',
    ';',
    '\\"',
    '%22',
  ],
  seeds: () =>
    [
      `${edge}${one}`,
      `multipart/form-data; boundary="edge"\n${one}`,
      `${edge}--edge\r\n${file}\r\nphoto\r\n--edge\r\nContent-Disposition: form-data; name="age"\r\n\r\n30\r\n--edge--`,
      `${edge}preamble\r\n--edge\r\n${file}${type}\r\na\r\n--edge\r\n${file}\r\nb\r\n--edge--\r\nepilogue`,
      `${edge}--edge--\r\n`,
    ].map((text) => Buffer.from(text, 'latin1')),
  run: async (input) => {
    const end = input.indexOf('\n');
    const contentType = input.toString('latin1', 0, end === -1 ? input.length : end);
    const body = end === -1 ? Buffer.alloc(0) : input.subarray(end + 1);
    const whole = await photosOf(readPhotos, contentType, [body]);
    const pieces = piecesOf(body);
    assertEqual('in pieces', await photosOf(readPhotos, contentType, pieces), whole);
    assertEqual('by the full parser', await photosOf(readForm, contentType, pieces), whole);
  },
};

type Reader = typeof readPhotos;

/** The photos, or the code of the refusal; its text may quote where the parser stopped. */
async function photosOf(read: Reader, contentType: string, pieces: readonly Buffer[]) {
  const request = new IncomingMessage(new Socket());
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  request.headers = { 'content-type': contentType, 'content-length': String(length) };
  const response = new ServerResponse(request);
  try {
    const upload = budget.open(request, response);
    const reading = read(request as Request, upload);
    const [{ photos }] = await Promise.all([reading, send(pieces, request)]);
    return photos.map(({ bytes, filename }) => [Buffer.from(bytes).toString('latin1'), filename]);
  } catch (error) {
    return refusal(error);
  } finally {
    response.emit('close');
  }
}

/** As Node's HTTP parser does: the end follows in the same turn as the last piece. */
async function send(pieces: readonly Buffer[], request: IncomingMessage): Promise<void> {
  for (const [index, piece] of pieces.entries()) {
    if (index > 0) await setImmediate();
    if (piece.length > 0) request.push(piece);
  }
  request.complete = true;
  request.push(null);
}

/** Two to six pieces, cut at places that follow from the content, so that an input always has the same. */
function piecesOf(body: Buffer): Buffer[] {
  const random = seededRandom(createHash('sha1').update(body).digest().readInt32LE());
  const count = 1 + Math.floor(random() * 5);
  const cuts = Array.from({ length: count }, () => Math.floor(random() * (body.length + 1)));
  const ends = [...cuts, body.length].toSorted((a, b) => a - b);
  return ends.map((end, index) => body.subarray(index === 0 ? 0 : ends[index - 1], end));
}
