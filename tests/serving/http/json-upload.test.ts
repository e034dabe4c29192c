import { describe, expect, it } from 'vitest';
import { LongString } from '../../../src/common/json/parse-json.ts';
import { decodePhoto } from '../../../src/serving/http/upload/photo-upload.ts';

const limits = { uploadMaxBytes: 1_000_000 };
/** A short string, and the same as a long one would be: with its escapes. */
const decode = async (text: string): Promise<string> =>
  (await decodePhoto(text, 'image', limits)).toString('latin1');
const decodeLong = async (text: string): Promise<string> =>
  (await decodePhoto(new LongString(Buffer.from(text)), 'image', limits)).toString('latin1');
const refusal = expect.objectContaining({ code: 'malformed_request' }) as Error;

describe('a photo in base64', () => {
  it.each([
    ['plain', 'YWI='],
    ['without padding', 'YWI'],
    ['with more padding than needed', 'YWI===='],
    ['with a space before the padding', 'YWI ='],
    ['as a data URL', 'data:image/jpeg;base64,YWI='],
    ['with line breaks', 'Y\r\nW\nI=\r\n'],
  ])('is read %s', async (_how, text) => {
    expect(await decode(text)).toBe('ab');
    const escaped = JSON.stringify(text).slice(1, -1).replaceAll('/', '\\/');
    expect(await decodeLong(escaped)).toBe('ab');
  });

  it.each([
    ['padding alone', '='],
    ['padding in the middle', 'YW=I'],
    ['padding that whitespace divides', 'YQ= ='],
    ['other characters', 'YW§I'],
    ['a character left over', 'YWIjY'],
    ['one character', 'Y'],
  ])('is refused with %s', async (_what, text) => {
    await expect(decode(text)).rejects.toThrow(refusal);
    await expect(decodeLong(text)).rejects.toThrow(refusal);
  });

  it.each([
    ['a raw line break', 'Y\nWI='],
    ['an escape that base64 has not', String.raw`YW\"I`],
    ['an escape that JSON has not', String.raw`YW\xI`],
    ['an escape that is cut off', 'YWI\\u00'],
  ])('in a long string is refused with %s', (_what, text) =>
    expect(decodeLong(text)).rejects.toThrow(refusal),
  );

  it('in a long string may escape any character', async () => {
    expect(await decodeLong(String.raw`\u0059WI\u003d`)).toBe('ab');
    const bytes = Buffer.alloc(900_001, 'photo');
    const lines = bytes.toString('base64').replaceAll(/.{76}/g, '$&\\r\\n').replaceAll('/', '\\/');
    expect(await decodeLong(lines)).toBe(bytes.toString('latin1'));
  });
});

describe('a long run of one character', { timeout: 20_000 }, () => {
  const run = (character: string) => character.repeat(200_000);

  it.each([
    ['padding', run('=')],
    ['padding before a letter', `${run('=')}x`],
    ['padding and whitespace before a letter', `${run('= ')}x`],
    ['whitespace before what is no base64', `${run(' ')}§§`],
    ['a prefix that never ends', `data:${run('a')}§`],
  ])('of %s is refused in a time linear in its length', async (_what, text) => {
    await expect(decode(text)).rejects.toThrow(refusal);
    await expect(decodeLong(text)).rejects.toThrow(refusal);
  });
});
