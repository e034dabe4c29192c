import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Request, Response } from 'express';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createMultipartReader,
  parseSinglePhotoForm,
} from '../../../../src/serving/http/upload/multipart-upload.ts';
import { UploadBudget } from '../../../../src/serving/http/upload/upload-budget.ts';

const type = 'multipart/form-data; boundary=edge';
const disposition = 'Content-Disposition: form-data; name="image"; filename="a.jpg"';

function form(
  content: Buffer,
  headers = `${disposition}\r\nContent-Type: image/jpeg`,
  tail = '--\r\n',
): Buffer {
  return Buffer.concat([
    Buffer.from(`--edge\r\n${headers}\r\n\r\n`),
    content,
    Buffer.from(`\r\n--edge${tail}`),
  ]);
}
const parse = (body: Buffer, contentType = type) =>
  parseSinglePhotoForm(contentType, body, 'image');

describe('parseSinglePhotoForm', () => {
  it('gives back any bytes that do not hold the delimiter', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const content = Buffer.from(bytes);
        const photo = parse(form(content));
        expect(photo?.filename).toBe('a.jpg');
        expect(Buffer.compare(photo!.bytes, content)).toBe(0);
      }),
    );
  });

  it('accepts a quoted boundary, no Content-Type, and no line break at the end', () => {
    const content = Buffer.from('\r\n--edg not yet\r\n-');
    expect(parse(form(content), 'Multipart/Form-Data; boundary="edge"')?.bytes).toEqual(content);
    expect(parse(form(content, disposition))?.bytes).toEqual(content);
    expect(parse(form(content, disposition, '--'))?.bytes).toEqual(content);
  });

  it.each([
    ['another field', form(Buffer.from('x'), disposition.replace('image', 'photo'))],
    ['a text field', form(Buffer.from('x'), 'Content-Disposition: form-data; name="image"')],
    ['an encoded file name', form(Buffer.from('x'), disposition.replace('a.jpg', 'a%22.jpg'))],
    ['a file name beyond ASCII', form(Buffer.from('x'), disposition.replace('a.jpg', 'ä.jpg'))],
    [
      'an unknown header',
      form(Buffer.from('x'), `${disposition}\r\nContent-Transfer-Encoding: base64`),
    ],
    ['a second part', form(Buffer.from(`x\r\n--edge\r\n${disposition}\r\n\r\ny`))],
    ['text after the end', form(Buffer.from('x'), disposition, '--\r\nmore')],
    ['no end', form(Buffer.from('x')).subarray(0, -8)],
    ['a preamble', Buffer.concat([Buffer.from('hello\r\n'), form(Buffer.from('x'))])],
    ['nothing', Buffer.alloc(0)],
  ])('leaves %s to the full parser', (_, body) => {
    expect(parse(body)).toBeUndefined();
  });

  it('leaves a type it does not know whole to the full parser', () => {
    expect(parse(form(Buffer.from('x')), `${type}; charset=utf-8`)).toBeUndefined();
    expect(parse(form(Buffer.from('x')), 'multipart/form-data')).toBeUndefined();
  });
});

describe('createMultipartReader', () => {
  it('reads a small form of two photos that has ended before it is read', async () => {
    const limits = { uploadMaxBytes: 1000, requestMaxBytes: 5000, maxImages: 4 };
    const read = createMultipartReader(limits);
    const one = `--edge\r\n${disposition}\r\n\r\nphoto\r\n`;
    const body = Buffer.from(`${one}${one}--edge--\r\n`);
    const request = new IncomingMessage(new Socket());
    request.headers = { 'content-type': type, 'content-length': String(body.length) };
    const response = new ServerResponse(request);
    const upload = new UploadBudget(10_000).open(request, response);
    // As the HTTP parser delivers a request of one packet.
    request.push(body);
    request.complete = true;
    request.push(null);
    const photos = await read(request as Request, response as Response, upload);
    expect(photos.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(['photo', 'photo']);
  });
});
