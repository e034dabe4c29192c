import { decodePhoto } from '../../../src/serving/http/upload/photo-upload.ts';
import { assertEqual, outcomeOf, type Target } from './target.ts';

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
  ],
  seeds: () =>
    ['', 'QQ==', 'QUI=', 'QUJD', 'data:image/png;base64,QUJD\nREVG', '_-8', 'Q Q = ='].map((text) =>
      Buffer.from(text),
    ),
  run: (input) => {
    const text = input.toString('utf8');
    const decoded = outcomeOf(() => decodePhoto(text, 'image', limits).toString('hex'));
    assertEqual('the bytes', decoded, strictly(text));
  },
};

/** RFC 4648, both alphabets, with white space anywhere and any padding at the end. */
function strictly(text: string): string | { refused: string } {
  const comma = text.indexOf(',');
  const isUrl = text.startsWith('data:') && comma >= 0 && comma <= 105;
  const padded = (isUrl ? text.slice(comma + 1) : text).trimEnd();
  const encoded = padded.replace(/=+$/, '').replaceAll(/[\t-\r ]/g, '');
  const isValid = /^[A-Za-z0-9+/_-]*$/.test(encoded) && encoded.length % 4 !== 1;
  if (!isValid || (encoded === '' && padded !== '')) return { refused: 'malformed_request' };
  const bytes = decode(encoded);
  return bytes.length > limits.uploadMaxBytes
    ? { refused: 'image_too_large' }
    : bytes.toString('hex');
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

function decode(encoded: string): Buffer {
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
