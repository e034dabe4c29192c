import { text, type Attack } from './attack.ts';

const start = 'POST /v1/predict HTTP/1.1\r\nHost: fuzz\r\nContent-Type: image/jpeg\r\n';
/** The smuggled request: if the server answered it, there would be a second answer. */
const hidden = 'GET /healthz HTTP/1.1\r\nHost: fuzz\r\n\r\n';

const smuggle = (kind: string, lines: string) => text(`smuggling: ${kind}`, lines, { then: 'end' });

/** Requests whose end is ambiguous (RFC 9112, 6.3 and 11.2). */
export const smugglingAttacks: readonly Attack[] = [
  smuggle(
    'length and chunks',
    `${start}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
  ),
  smuggle(
    'chunks and length',
    `${start}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n${hidden}`,
  ),
  smuggle('two lengths', `${start}Content-Length: 0\r\nContent-Length: 44\r\n\r\n${hidden}`),
  smuggle('a list of lengths', `${start}Content-Length: 0, 44\r\n\r\n${hidden}`),
  smuggle('length with a sign', `${start}Content-Length: +0\r\n\r\n${hidden}`),
  smuggle('negative length', `${start}Content-Length: -1\r\n\r\n${hidden}`),
  smuggle('length in hexadecimal', `${start}Content-Length: 0x2c\r\n\r\n${hidden}`),
  smuggle('space before the colon', `${start}Content-Length : 44\r\n\r\n${hidden}`),
  smuggle('folded header', `${start}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n${hidden}`),
  smuggle('chunked twice', `${start}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n${hidden}`),
  smuggle(
    'chunked and more',
    `${start}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${hidden}`,
  ),
  smuggle('xchunked', `${start}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${hidden}`),
  smuggle('bare line feeds', `${start.replaceAll('\r\n', '\n')}Content-Length: 0\n\n${hidden}`),
  smuggle(
    'bare carriage return',
    `${start}X: a\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
  ),
  smuggle('zero byte in a header', `${start}X: a\0b\r\nContent-Length: 0\r\n\r\n${hidden}`),
  smuggle(
    'chunk size too large',
    `${start}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff0\r\n${hidden}`,
  ),
  smuggle('negative chunk', `${start}Transfer-Encoding: chunked\r\n\r\n-1\r\n${hidden}`),
  smuggle(
    'chunk extension of 20 kB',
    `${start}Transfer-Encoding: chunked\r\n\r\n1;${'x'.repeat(20_000)}\r\na\r\n0\r\n\r\n`,
  ),
  smuggle(
    'chunk without its end',
    `${start}Transfer-Encoding: chunked\r\n\r\n1\r\naX0\r\n\r\n${hidden}`,
  ),
  smuggle('trailers', `${start}Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 44\r\n\r\n`),
];

const odd = (kind: string, lines: string, options: Partial<Attack> = {}) =>
  text(`headers: ${kind}`, lines, options);
const get = 'GET /v1/models HTTP/1.1\r\nHost: fuzz\r\nConnection: close\r\n';

/** Invalid and oversized headers and request lines. */
export const headerAttacks: readonly Attack[] = [
  odd('20 kB in one', `${get}X: ${'x'.repeat(20_000)}\r\n\r\n`),
  odd('thousands', `${get}${'X: y\r\n'.repeat(3000)}\r\n`),
  odd('no host', 'GET /v1/models HTTP/1.1\r\nConnection: close\r\n\r\n'),
  odd('two hosts', `${get}Host: other\r\n\r\n`),
  odd('request id with a line end', `${get}X-Request-Id: a%0d%0aSet-Cookie: x\r\n\r\n`),
  odd('request id of 8 kB', `${get}X-Request-Id: ${'i'.repeat(8000)}\r\n\r\n`),
  odd(
    'traceparent of zeros',
    `${get}traceparent: 00-${'0'.repeat(32)}-${'0'.repeat(16)}-00\r\n\r\n`,
  ),
  odd('Latin-1', `${get}X-Request-Id: \xff\xfe\r\nAuthorization: Bearer \xe9\r\n\r\n`),
  odd('bearer of 10 kB', `${get}Authorization: Bearer ${'t'.repeat(10_000)}\r\n\r\n`),
  odd('Expect of something else', `${start}Expect: 200-maybe\r\nContent-Length: 0\r\n\r\n`),
  odd('upgrade', `${get.replace('close', 'Upgrade')}Upgrade: websocket\r\n\r\n`),
  odd('HTTP/0.9', 'GET /\r\n\r\n'),
  odd('HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  odd('HTTP/9.9', 'GET / HTTP/9.9\r\nHost: x\r\n\r\n'),
  odd(
    'absolute target',
    'GET http://example.com/healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  ),
  odd('CONNECT', 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n'),
  odd('TLS hello', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'),
  odd('empty', ''),
  odd('only line ends', '\r\n'.repeat(1000)),
  odd('half sent', 'POST /v1/predict HTT', { then: 'vanish' }),
  odd('pipelined', `${hidden}${hidden}${get}\r\n`, { mostAnswers: 3 }),
];
