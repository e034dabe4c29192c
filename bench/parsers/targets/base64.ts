import { isUtf8 } from 'node:buffer';
import { LongString } from '../../../src/common/json/parse-json.ts';
import { decodePhoto } from '../../../src/serving/http/upload/photo-upload.ts';
import { assertEqual, refusal, type Target } from './target.ts';

const limits = { uploadMaxBytes: 1000 };

/** A photo in base64, as JSON bodies hold it; a strict decoder of few lines must decide and decode alike. */
export const base64: Target = {
  name: 'base64',
  guidedBy: /src\/serving\/http\/upload\//,
  words: [
    'data:image/jpeg;base64,',
    'data:,',
    '=',
    '==',
    '====',
    '\n',
    '\r\n',
    ' ',
    '-_',
    '+/',
    '%',
    ',',
    '\u00a0',
    '\\/',
    '\\n',
    '\\u0041',
    '\\u003d',
  ],
  seeds: () =>
    ['', 'QQ==', 'QUI=', 'QUJD', 'data:image/png;base64,QUJD\nREVG', '_-8', 'Q Q = ='].map((text) =>
      Buffer.from(text),
    ),
  run: async (input) => {
    const text = input.toString('utf8');
    assertEqual('the bytes', await decode(text), strictly(text));
    const string = stringOf(input);
    if (string === undefined) return;
    assertEqual('the bytes in JSON', await decode(new LongString(input)), strictly(string));
  },
};

async function decode(text: string | LongString): Promise<string | { refused: string }> {
  return decodePhoto(text, 'image', limits).then((bytes) => bytes.toString('hex'), refusal);
}

/** What the input denotes as the inside of a JSON string; undefined where it is none. */
function stringOf(input: Buffer): string | undefined {
  if (!isUtf8(input)) return undefined;
  try {
    const value: unknown = JSON.parse(`"${input.toString('utf8')}"`);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** RFC 4648 in both alphabets, with blanks anywhere but within the padding, of which any number is taken. */
function strictly(given: string): string | { refused: string } {
  // Lengths count bytes.
  const text = Buffer.from(given).toString('latin1');
  const comma = text.indexOf(',');
  const isUrl = text.startsWith('data:') && comma >= 0 && comma <= 105;
  const padded = (isUrl ? text.slice(comma + 1) : text).replace(
    /(?<![\t\n\v\f\r ])[\t\n\v\f\r ]+$/,
    '',
  );
  const encoded = padded.replace(/(?<!=)=+$/, '').replaceAll(/[\t\n\v\f\r ]/g, '');
  const isValid = /^[\w+/-]*$/.test(encoded) && encoded.length % 4 !== 1;
  if (!isValid || (encoded === '' && padded.includes('='))) return { refused: 'malformed_request' };
  const bytes = decodeSymbols(encoded);
  if (bytes.length > limits.uploadMaxBytes) return { refused: 'image_too_large' };
  return bytes.toString('hex');
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

function decodeSymbols(encoded: string): Buffer {
  const bytes: number[] = [];
  let [bits, held] = [0, 0];
  for (const each of encoded.replaceAll('-', '+').replaceAll('_', '/')) {
    bits = (bits << 6) | ALPHABET.indexOf(each);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes.push((bits >> held) & 0xff);
    bits &= (1 << held) - 1;
  }
  return Buffer.from(bytes);
}
