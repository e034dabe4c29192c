import { post, text, type Attack, type Headers } from './attack.ts';

const type = { 'Content-Type': 'multipart/form-data; boundary=edge' };

function part(body: Buffer | string, headers: string): Buffer {
  return Buffer.concat([Buffer.from(`--edge\r\n${headers}\r\n\r\n`), Buffer.from(body), crlf]);
}
const crlf = Buffer.from('\r\n');
const end = Buffer.from('--edge--\r\n');
const file = 'Content-Disposition: form-data; name="image"; filename="a.jpg"';
const field = (name: string) => `Content-Disposition: form-data; name="${name}"`;
const repeat = (count: number, make: (n: number) => Buffer) =>
  Buffer.concat([...Array.from({ length: count }, (_, n) => make(n)), end]);

/** Malformed and oversized multipart forms. */
export function formAttacks(photo: Buffer): Attack[] {
  return [...fieldAttacks(photo), ...edgeAttacks(photo)];
}

const attack = (kind: string, body: Buffer, headers: Headers = type) =>
  post(`form: ${kind}`, body, headers);

/** Forms with too many, too large or badly named fields. */
function fieldAttacks(photo: Buffer): Attack[] {
  const form = Buffer.concat([part(photo, file), end]);
  return [
    attack(
      'thousands of fields',
      repeat(5000, (n) => part('v', field(`f${n}`))),
    ),
    attack(
      'nested fields',
      repeat(10, (n) => part('v', field(`a${'[b]'.repeat(200 * n)}`))),
    ),
    attack('__proto__', Buffer.concat([part('v', field('__proto__')), form])),
    attack(
      'hundred files',
      repeat(100, () => part(photo, file)),
    ),
    attack('a field of 1 MB', Buffer.concat([part('x'.repeat(1_000_000), field('age')), form])),
    attack('unterminated part headers', part(photo, `${file}\r\nX: ${'y'.repeat(20_000)}`)),
    attack(
      'a name of 100 kB',
      Buffer.concat([part(photo, file.replace('a.jpg', 'a'.repeat(100_000))), end]),
    ),
    attack(
      'a name with path and zero byte',
      Buffer.concat([part(photo, file.replace('a.jpg', '../../etc/passwd\0.jpg')), end]),
    ),
    attack('another field', Buffer.concat([part(photo, file.replace('image', 'picture')), end])),
    attack('text instead of a file', Buffer.concat([part('x', field('image')), end])),
  ];
}

/** Forms with bad boundaries, and forms that arrive slowly or not completely. */
function edgeAttacks(photo: Buffer): Attack[] {
  const form = Buffer.concat([part(photo, file), end]);
  const bare = { 'Content-Type': 'multipart/form-data' };
  return [
    attack('valid', form),
    attack('no boundary', form, bare),
    attack('another boundary', form, { 'Content-Type': 'multipart/form-data; boundary=other' }),
    attack('empty boundary', form, { 'Content-Type': 'multipart/form-data; boundary=' }),
    attack('long boundary', form, {
      'Content-Type': `multipart/form-data; boundary=${'x'.repeat(5000)}`,
    }),
    attack('no closing boundary', part(photo, file)),
    attack('only a closing boundary', end),
    shortened(form, 'half sent, then half closed', 'end'),
    shortened(form, 'half sent, then disconnected', 'vanish'),
    dripping(form),
    post('form: longer than declared', form, { ...type, 'Content-Length': '100' }),
  ];
}

function head(length: number): Buffer {
  const lines = `Host: fuzz\r\nConnection: close\r\nContent-Type: ${type['Content-Type']}`;
  return Buffer.from(`POST /v1/predict HTTP/1.1\r\n${lines}\r\nContent-Length: ${length}\r\n\r\n`);
}

function shortened(form: Buffer, kind: string, then: Attack['then']): Attack {
  const half = form.subarray(0, form.length / 2);
  return {
    ...text(`form: ${kind}`, ''),
    pieces: [{ bytes: head(form.length) }, { bytes: half }],
    then,
  };
}

/** One byte at a time for a while; then the client disconnects. */
function dripping(form: Buffer): Attack {
  const bytes = [...form.subarray(0, 40)].map((byte) => ({ bytes: Buffer.of(byte), afterMs: 25 }));
  const pieces = [{ bytes: head(form.length) }, ...bytes];
  return { kind: 'form: dripping', pieces, then: 'vanish' };
}
