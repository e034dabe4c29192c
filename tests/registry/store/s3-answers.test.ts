import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { S3Store } from '../../../src/registry/store/s3-store.ts';
import type { S3Options } from '../../../src/registry/store/s3-client.ts';

/** One answer that a server gives to everything. */
interface Answer {
  status: number;
  body?: string;
  headers?: Record<string, string>;
}

const fault = (code: string, message: string, more = '') =>
  `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message>${more}</Error>`;
const xml = (status: number, code: string, message = 'said the server', headers = {}): Answer => ({
  status,
  body: fault(code, message),
  headers,
});
const page = (status: number): Answer => ({
  status,
  body: '<!doctype html><html><body>Sign in to the Wi-Fi</body></html>',
  headers: { 'content-type': 'text/html; charset=utf-8' },
});

Object.assign(process.env, {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'key',
  AWS_SECRET_ACCESS_KEY: 'secret',
});

let server: Server | undefined;
const seen: IncomingMessage[] = [];
afterEach(() => {
  server?.close();
  seen.length = 0;
});

async function storeOn(
  { status, body = '', headers = {} }: Answer,
  options: Partial<S3Options> = {},
): Promise<S3Store> {
  server = createServer((request, response) => {
    seen.push(request);
    request.resume();
    response.writeHead(status, { 'content-type': 'application/xml', ...headers });
    response.end(request.method === 'HEAD' ? '' : body);
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return new S3Store('s3://bucket/models', {
    forcePathStyle: true,
    checksumMode: 'when_required',
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...options,
  });
}

const ask: Record<string, (store: S3Store) => Promise<unknown>> = {
  'reading an object': (store) => store.read('a'),
  'reading an object if it has changed': (store) => store.readIfChanged('a'),
  'listing a folder': (store) => store.list('face-age/').next(),
  'writing an object': (store) => store.put('a', Buffer.from('1')),
  'uploading a file': (store) => store.upload('a', Buffer.from('1')),
  'removing an object': (store) => store.delete('a'),
};

describe.each(Object.keys(ask))('%s', (action) => {
  it('is never done where the answer is a web page', async () => {
    await expect(ask[action]!(await storeOn(page(200)))).rejects.toThrow(
      /the answer is a web page; check AWS_ENDPOINT_URL_S3, the proxy, and whether the network asks/,
    );
  });

  it.each<[string, Answer, RegExp]>([
    [
      'a refused key of the encryption',
      xml(403, 'AccessDenied', 'not authorized to perform: kms:Decrypt on resource: key/x'),
      /\(AccessDenied: not authorized to perform: kms:Decrypt on resource: key\/x\); enable the key/,
    ],
    [
      'a disabled key of the encryption',
      xml(400, 'KMS.DisabledException', 'key/x is disabled.'),
      /\(KMS\.DisabledException: key\/x is disabled\.\); enable the key/,
    ],
    [
      'too few rights',
      xml(403, 'AccessDenied', 'Access Denied'),
      /access is denied \(AccessDenied: Access Denied\); .*docs\/s3\.md#rights.*s3:ListBucket.*AWS_REQUEST_PAYER=requester/,
    ],
    [
      'a page of a proxy that has failed',
      page(502),
      /proxy in front of it failed \(status 502 without an S3 error message\)/,
    ],
    [
      'a bucket in another region',
      xml(400, 'AuthorizationHeaderMalformed', "expecting 'eu-central-1'", {
        'x-amz-bucket-region': 'eu-central-1',
      }),
      /another region \(Auth.*: expecting 'eu-central-1'\); set AWS_REGION=eu-central-1/,
    ],
    [
      'a redirect',
      { status: 302, headers: { location: 'https://portal.example/login' } },
      /redirect to https:\/\/portal\.example\/login \(status 302\), which is not followed/,
    ],
    [
      'an archived object',
      xml(403, 'InvalidObjectState', 'not valid for the storage class'),
      /archived \(InvalidObjectState: not valid for the storage class\); restore it/,
    ],
    ['too many requests', xml(503, 'SlowDown'), /fewer requests \(SlowDown: said.*REGISTRY_POLL/],
    [
      'a method it does not know',
      xml(405, 'MethodNotAllowed'),
      /does not support.*S3_CHECKSUM_MODE/,
    ],
    [
      'a feature it does not have',
      xml(501, 'NotImplemented'),
      /does not support.*S3_CHECKSUM_MODE/,
    ],
    ['expired credentials', xml(400, 'ExpiredToken'), /refused \(ExpiredToken: said the server\)/],
  ])(
    'says what to do about %s',
    async (_what, answer, message) => {
      await expect(ask[action]!(await storeOn(answer))).rejects.toThrow(message);
    },
    30_000,
  );
});

describe('an S3 store', () => {
  it('does not take an answer without an ETag for an object', async () => {
    const nothing = { status: 200, body: '{}', headers: { 'content-type': 'application/json' } };
    const store = await storeOn(nothing);
    await expect(store.put('a', Buffer.from('1'))).rejects.toThrow(/it has no ETag/);
    await expect(store.read('a')).rejects.toThrow(/it has no ETag/);
  });

  it('does not take any XML for a listing', async () => {
    const store = await storeOn({ status: 200, body: '<Other><a>1</a></Other>' });
    await expect(store.list().next()).rejects.toThrow(/the answer is no listing of an S3 bucket/);
  });

  it('frees the connections of responses that it has rejected', async () => {
    const store = await storeOn(page(200));
    for (let request = 0; request < 30; request++)
      await expect(store.read('a')).rejects.toThrow(/a web page/);
    const open = () =>
      new Promise<number>((resolve) => server!.getConnections((_error, count) => resolve(count)));
    await expect.poll(open, { timeout: 2000 }).toBeLessThan(5);
  });

  it('leaves no file behind where a download is a web page', async () => {
    const folder = await mkdtemp(`${tmpdir()}/s3-answers-`);
    const store = await storeOn(page(200));
    await expect(store.download('a', `${folder}/a`, { maxBytes: 1000 })).rejects.toThrow(
      /a web page/,
    );
    expect(await readdir(folder)).toEqual([]);
    await rm(folder, { recursive: true });
  });

  it('reads web pages that are stored as objects', async () => {
    const store = await storeOn({
      ...page(200),
      headers: { etag: '"1"', 'content-type': 'text/html' },
    });
    expect(String(await store.read('report.html'))).toMatch(/Sign in/);
  });

  it('sends the requester-pays header only where that is configured', async () => {
    const answer = { status: 200, headers: { etag: '"1"' } };
    await (await storeOn(answer)).put('a', Buffer.from('1'));
    server!.close();
    await (await storeOn(answer, { requesterPays: true })).put('a', Buffer.from('1'));
    expect(seen.map(({ headers }) => headers['x-amz-request-payer'])).toEqual([
      undefined,
      'requester',
    ]);
  });
});
