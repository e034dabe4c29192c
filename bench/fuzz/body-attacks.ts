import { post, text, type Attack } from './attack.ts';

const json = { 'Content-Type': 'application/json' };
const image = { 'Content-Type': 'image/jpeg' };

/** Malformed and oversized JSON bodies. */
export function jsonAttacks(photo: Buffer): Attack[] {
  const base64 = photo.toString('base64');
  const attack = (kind: string, body: string) => post(`json: ${kind}`, Buffer.from(body), json);
  const images = (...list: unknown[]) => JSON.stringify({ images: list });
  return [
    attack('valid', images(base64)),
    attack('data URL', images(`data:image/jpeg;base64,${base64}`)),
    attack('unterminated data URL', images(`data:${'x'.repeat(200_000)}`)),
    attack('not base64', images('!'.repeat(1000))),
    attack('base64 with gaps', images(base64.replace(/.{60}/g, '$& \n=='))),
    attack('URL-safe base64', images(photo.toString('base64url'))),
    attack('only padding', images('='.repeat(10_000))),
    attack('only spaces', images(' '.repeat(300_000))),
    attack('empty string', images('')),
    attack('no photos', images()),
    attack('a thousand photos', images(...new Array<string>(1000).fill('AAAA'))),
    attack('numbers', images(1, null, {})),
    attack('another field', JSON.stringify({ images: [base64], __proto__: 1, url: 'http://x/' })),
    attack('prototype', `{"__proto__":{"images":["${base64}"]},"constructor":1}`),
    attack('deep, unterminated', '['.repeat(100_000)),
    attack('deep', `{"images":${'['.repeat(5000)}${']'.repeat(5000)}}`),
    attack('not JSON', 'images=1'),
    attack('broken UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d]).toString('latin1')),
    attack('a URL instead of a photo', images('http://127.0.0.1:1/a.jpg', 'file:///etc/passwd')),
  ];
}

/** Invalid queries, content types, encodings, paths and methods. */
export function requestAttacks(photo: Buffer): Attack[] {
  const query = (kind: string, query: string) =>
    post(`query: ${kind}`, photo, image, `/v1/predict?${query}`);
  const typed = (kind: string, headers: Record<string, string>) =>
    post(`type: ${kind}`, photo, headers);
  return [
    query('descending edges', 'buckets=50-20,10-0'),
    query('hundreds of thresholds', `atLeast=${Array.from({ length: 500 }, (_, n) => n).join()}`),
    query('numbers out of range', 'atLeast=1e999,-1,NaN&confidence=2'),
    query('twice', 'atLeast=18&atLeast=21'),
    query('broken escape', 'model=%E0%A4%A'),
    query('prototype', '__proto__[x]=1&constructor=2&model=__proto__'),
    query('a path', 'model=../../../etc/passwd'),
    query('crop out of range', 'crop=-1,-1,1e9,1e9&margin=-5'),
    typed('none', {}),
    typed('unknown', { 'Content-Type': 'text/html' }),
    typed('gzip', { ...image, 'Content-Encoding': 'gzip' }),
    typed('another image type', { 'Content-Type': 'image/svg+xml' }),
    typed('octets', { 'Content-Type': 'application/octet-stream' }),
    typed('10 kB', { 'Content-Type': `image/${'x'.repeat(10_000)}` }),
    post('length: declared 50 MB', photo, { ...image, 'Content-Length': '50000000' }),
    post('path: encoded dots', photo, image, '/v1/%2e%2e/%2e%2e/etc/passwd'),
    post('path: of 8 kB', photo, image, `/${'a'.repeat(8000)}`),
    text('method: unknown', 'BREW /v1/predict HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
    text('method: TRACE', 'TRACE / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
  ];
}
