import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  boundaryOf,
  parseSinglePhotoForm,
  withoutEpilogue,
} from '../../../../src/serving/http/upload/form-syntax.ts';

const disposition = 'Content-Disposition: form-data; name="image"; filename="a.jpg"';

function form(
  content: Buffer,
  headers = `${disposition}\r\nContent-Type: image/jpeg`,
  tail = '--\r\n',
): Buffer {
  return Buffer.concat([
    Buffer.from(`--edge\r\n${headers}\r\n\r\n`, 'latin1'),
    content,
    Buffer.from(`\r\n--edge${tail}`),
  ]);
}
const parse = (body: Buffer) => parseSinglePhotoForm('edge', body, 'image');

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

  it('accepts no Content-Type, and no line break at the end', () => {
    const content = Buffer.from('\r\n--edg not yet\r\n-');
    expect(parse(form(content, disposition))?.bytes).toEqual(content);
    expect(parse(form(content, disposition, '--'))?.bytes).toEqual(content);
  });

  it.each([
    ['another field', form(Buffer.from('x'), disposition.replace('image', 'photo'))],
    ['a text field', form(Buffer.from('x'), 'Content-Disposition: form-data; name="image"')],
    [
      'a space that is not one of HTTP',
      form(Buffer.from('x'), disposition.replaceAll(' ', '\u00a0')),
    ],
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
});

describe('the boundary of a form', () => {
  it.each([
    ['plain', 'multipart/form-data; boundary=edge'],
    ['in quotes', 'Multipart/Form-Data ;\tBoundary="edge"'],
    ['among other parameters', 'multipart/form-data; charset="a; \\"b"; boundary=edge; x=1 '],
  ])('is read %s', (_how, contentType) => {
    expect(boundaryOf(contentType)).toBe('edge');
  });

  it.each([
    ['missing', 'multipart/form-data', /not found/],
    ['missing beside another parameter', 'multipart/form-data; charset=utf-8', /not found/],
    ['empty', 'multipart/form-data; boundary=""', /one boundary/],
    ['longer than RFC 2046 allows', `multipart/form-data; boundary=${'b'.repeat(71)}`, /1 to 70/],
    ['given twice', 'multipart/form-data; boundary=a; boundary=b', /one boundary/],
    ['in quotes that do not end', 'multipart/form-data; boundary="edge', /Malformed parameters/],
    ['ending in a space', 'multipart/form-data; boundary="edge "', /one boundary/],
    ['not in ASCII', 'multipart/form-data; boundary=\u00e9', /one boundary/],
  ])('is refused when it is %s', (_how, contentType, message) => {
    expect(() => boundaryOf(contentType)).toThrow(message);
  });
});

describe('the end of a form', () => {
  const part = `--edge\r\n${disposition}\r\n\r\nx\r\n`;
  const end = (text: string) => withoutEpilogue(Buffer.from(text), 'edge').toString();

  it('is its last delimiter, whatever follows', () => {
    expect(end(`${part}--edge--`)).toBe(`${part}--edge--`);
    expect(end(`${part}--edge--\r\nmore\r\n${part}--edge--`)).toBe(`${part}--edge--`);
    expect(end(`--edge--\r\n${part}--edge--`)).toBe('--edge--');
    expect(end(`preamble\r\n${part}${part}--edge--\r\n`)).toBe(
      `preamble\r\n${part}${part}--edge--`,
    );
  });

  it('is found where a part is empty, between line breaks of the delimiters', () => {
    expect(end(`--edge\r\n--edge--\r\n`)).toBe('--edge\r\n--edge--');
  });

  it.each([
    ['has no delimiter', 'photo', /Unexpected end/],
    ['has no last delimiter', part, /Unexpected end/],
    ['ends within its last delimiter', `${part}--edge-`, /line break/],
    ['continues the line of a delimiter', `--edge x\r\n${part}--edge--`, /line break/],
  ])('is refused where the form %s', (_what, text, message) => {
    expect(() => end(text)).toThrow(message);
  });

  it('is not searched in a form of more parts than any request may have', () => {
    const many = '--edge\r\n'.repeat(2000);
    expect(end(many)).toBe(many);
  });
});
