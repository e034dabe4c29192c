import { post, text, type Attack } from './attack.ts';

const json = { 'Content-Type': 'application/json' };
const image = { 'Content-Type': 'image/jpeg' };

/** JSON bodies that are not as they should be. */
export function jsonAttacks(photo: Buffer): Attack[] {
  const base64 = photo.toString('base64');
  const attack = (kind: string, body: string) => post(`json: ${kind}`, Buffer.from(body), json);
  const images = (...list: unknown[]) => JSON.stringify({ images: list });
  return [
    attack('as it should be', images(base64)),
    attack('data URL', images(`data:image/jpeg;base64,${base64}`)),
    attack('data URL without end', images(`data:${'x'.repeat(200_000)}`)),
    attack('no base64', images('!'.repeat(1000))),
    attack('base64 with holes', images(base64.replace(/.{60}/g, '$& \n=='))),
    attack('URL-safe base64', images(photo.toString('base64url'))),
    attack('only padding', images('='.repeat(10_000))),
    attack('only spaces', images(' '.repeat(300_000))),
    attack('nothing in it', images('')),
    attack('no photos', images()),
    attack('a thousand photos', images(...new Array<string>(1000).fill('AAAA'))),
    attack('numbers', images(1, null, {})),
    attack('another field', JSON.stringify({ images: [base64], __proto__: 1, url: 'http://x/' })),
    attack('prototype', `{"__proto__":{"images":["${base64}"]},"constructor":1}`),
    attack('deep', '['.repeat(100_000)),
    attack('deep and whole', `{"images":${'['.repeat(5000)}${']'.repeat(5000)}}`),
    attack('no JSON', 'images=1'),
    attack('broken UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d]).toString('latin1')),
    attack('a URL instead of a photo', images('http://127.0.0.1:1/a.jpg', 'file:///etc/passwd')),
  ];
}

/** Queries, types and encodings that do not fit. */
export function requestAttacks(photo: Buffer): Attack[] {
  const asked = (kind: string, query: string) =>
    post(`query: ${kind}`, photo, image, `/v1/predict?${query}`);
  const typed = (kind: string, headers: Record<string, string>) =>
    post(`type: ${kind}`, photo, headers);
  return [
    asked('edges that descend', 'buckets=50-20,10-0'),
    asked('hundreds of thresholds', `atLeast=${Array.from({ length: 500 }, (_, n) => n).join()}`),
    asked('numbers beyond', 'atLeast=1e999,-1,NaN&confidence=2'),
    asked('twice', 'atLeast=18&atLeast=21'),
    asked('broken escape', 'model=%E0%A4%A'),
    asked('prototype', '__proto__[x]=1&constructor=2&model=__proto__'),
    asked('a path', 'model=../../../etc/passwd'),
    asked('crop beyond', 'crop=-1,-1,1e9,1e9&margin=-5'),
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
