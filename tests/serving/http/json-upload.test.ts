import { describe, expect, it } from 'vitest';
import { decodePhoto } from '../../../src/serving/http/upload/photo-upload.ts';

const limits = { uploadMaxBytes: 1_000_000 };
const decode = (text: string): string => decodePhoto(text, 'image', limits).toString('latin1');
const refusal = expect.objectContaining({ code: 'malformed_request' }) as Error;

describe('a photo in base64', () => {
  it.each([
    ['plain', 'YWI='],
    ['without padding', 'YWI'],
    ['with more padding than needed', 'YWI===='],
    ['with a space before the padding', 'YWI ='],
    ['as a data URL', 'data:image/jpeg;base64,YWI='],
    ['with line breaks', 'Y\r\nW\nI=\r\n'],
  ])('is read %s', (_how, text) => expect(decode(text)).toBe('ab'));

  it.each([
    ['padding alone', '='],
    ['padding in the middle', 'YW=I'],
    ['padding that whitespace divides', 'YQ= ='],
    ['other characters', 'YW§I'],
  ])('is refused with %s', (_what, text) => expect(() => decode(text)).toThrow(refusal));
});

describe('a long run of one character', { timeout: 20_000 }, () => {
  const run = (character: string) => character.repeat(200_000);

  it.each([
    ['padding', run('=')],
    ['padding before a letter', `${run('=')}x`],
    ['padding and whitespace before a letter', `${run('= ')}x`],
    ['whitespace before what is no base64', `${run(' ')}§§`],
    ['a prefix that never ends', `data:${run('a')}§`],
  ])('of %s is refused in a time linear in its length', (_what, text) => {
    expect(() => decode(text)).toThrow(refusal);
  });
});
