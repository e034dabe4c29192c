import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { S3Store } from '../../../src/registry/store/s3-store.ts';
import { PreconditionFailedError } from '../../../src/registry/store/object-store.ts';
import {
  startFaultyProxy,
  type Fault,
  type FaultyProxy,
} from '../../support/fakes/faulty-proxy.ts';
import {
  createBucket,
  s3Endpoint,
  s3Options,
  withoutS3,
  type TestBucket,
} from '../../support/s3-bucket.ts';

describe.skipIf(withoutS3 !== '')(`S3Store behind a faulty network${withoutS3}`, () => {
  let bucket: TestBucket;
  let proxy: FaultyProxy;
  let folder: string;
  let store: S3Store;
  beforeEach(async () => {
    bucket = await createBucket();
    proxy = await startFaultyProxy(s3Endpoint);
    folder = await mkdtemp(path.join(tmpdir(), 'faulty-'));
    store = new S3Store(`s3://${bucket.name}`, {
      ...s3Options,
      endpoint: proxy.endpoint,
      retryPolicy: { smallMs: 1500, stall: { windowMs: 400, minBytes: 1000 } },
    });
  });
  afterEach(async () => {
    await proxy.close();
    await bucket.remove();
    await rm(folder, { recursive: true });
  });

  const content = Buffer.alloc(200_000, 'content');
  /** A fault that affects only the first request with this method. */
  const onceAt = (method: string, fault: Fault): void => {
    let left = 1;
    proxy.fault = (request) => (request.method === method && left-- > 0 ? fault : undefined);
  };
  const download = (signal?: AbortSignal) =>
    store.download('a', path.join(folder, 'copy'), { maxBytes: content.length, signal });

  it('transfers an object only if it has changed', async () => {
    await bucket.put('a', 'x'.repeat(1000));
    const first = await store.readIfChanged('a');
    await store.readIfChanged('a', first.outcome === 'found' ? first.etag : undefined);
    expect(proxy.requests.map(({ status }) => status)).toEqual([200, 304]);
  });

  it.each<Fault>([{ kind: 'drip' }, { kind: 'stall', afterBytes: 5 }])(
    'gives up a small read in time: %o',
    async (fault) => {
      await bucket.put('a', 'x'.repeat(1000));
      proxy.fault = () => fault;
      await expect(store.readIfChanged('a')).rejects.toThrow(
        /cannot read s3:.*\/a: no answer within 1\.5 s; check AWS_ENDPOINT_URL_S3/,
      );
    },
  );

  it.each<Fault>([{ kind: 'drip' }, { kind: 'stall', afterBytes: 900 }])(
    'gives up a download that does not move: %o',
    async (fault) => {
      await bucket.put('a', content);
      proxy.fault = () => fault;
      await expect(download()).rejects.toThrow(
        /cannot read s3:.*\/a: it stalled: \d+ bytes in 0\.4 s/,
      );
    },
  );

  it('restarts a download if the connection is cut', async () => {
    await bucket.put('a', content);
    onceAt('GET', { kind: 'cut', afterBytes: 100_000 });
    expect(await download()).toMatchObject({ bytes: content.length });
    expect((await readFile(path.join(folder, 'copy'))).equals(content)).toBe(true);
    expect(proxy.requests).toHaveLength(2);
  });

  it('gives up if the connection is cut each time', async () => {
    await bucket.put('a', content);
    proxy.fault = () => ({ kind: 'cut', afterBytes: 100_000 });
    await expect(download()).rejects.toThrow(/cannot read s3:.*\/a: /);
    expect(proxy.requests).toHaveLength(3);
  });

  it('stops a download at once when it is aborted', async () => {
    await bucket.put('a', content);
    proxy.fault = () => ({ kind: 'stall', afterBytes: 900 });
    const stop = new AbortController();
    const reason = new Error('overtaken');
    const downloading = download(stop.signal);
    await expect.poll(() => proxy.requests[0]?.status).toBe(200);
    stop.abort(reason);
    await expect(downloading).rejects.toBe(reason);
  });

  it('does not download an object that is too large', async () => {
    await bucket.put('a', content);
    proxy.fault = () => ({ kind: 'stall', afterBytes: 0 });
    const file = path.join(folder, 'copy');
    await expect(store.download('a', file, { maxBytes: 5 })).rejects.toThrow(/more than 5 bytes/);
  });

  it('retries after a server error when it reads, writes and transfers files', async () => {
    await bucket.put('a', content);
    for (const method of ['GET', 'PUT']) {
      onceAt(method, { kind: 'refuse', status: 503 });
      if (method === 'GET') expect(await download()).toMatchObject({ bytes: content.length });
      else expect(await store.upload('b', content)).toMatchObject({ bytes: content.length });
    }
    onceAt('PUT', { kind: 'refuse', status: 500 });
    await store.put('c', Buffer.from('1'), { ifAbsent: true });
    expect(await bucket.list()).toEqual(['a', 'b', 'c']);
  });

  it('recognizes its own write if the response was lost', async () => {
    onceAt('PUT', { kind: 'swallow' });
    const etag = await store.put('a', Buffer.from('1'), { ifAbsent: true });
    onceAt('PUT', { kind: 'swallow' });
    await store.put('a', Buffer.from('2'), { ifMatch: etag });
    expect((await store.read('a')).toString()).toBe('2');
  });

  it("does not mistake another writer's object for its own", async () => {
    await bucket.put('a', '1');
    onceAt('PUT', { kind: 'refuse', status: 500 });
    await expect(store.put('a', Buffer.from('1'), { ifAbsent: true })).rejects.toThrow(
      PreconditionFailedError,
    );
  });

  it('reports server errors', async () => {
    proxy.fault = () => ({ kind: 'refuse', status: 500 });
    await expect(store.readIfChanged('a')).rejects.toThrow(
      /cannot read s3:.*\/a: the server or a proxy .* failed \(status 500/,
    );
  });
});

describe.skipIf(withoutS3 !== '')(`S3Store with wrong credentials${withoutS3}`, () => {
  const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = process.env;
  afterEach(() => Object.assign(process.env, { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY }));

  it.each([
    [{ AWS_ACCESS_KEY_ID: 'nobody' }, /the credentials were refused \(InvalidAccessKeyId\)/],
    [
      { AWS_SECRET_ACCESS_KEY: 'guessed' },
      /the credentials were refused \(SignatureDoesNotMatch\)/,
    ],
  ])('are reported: %o', async (wrong, message) => {
    Object.assign(process.env, wrong);
    const store = new S3Store('s3://bucket', s3Options);
    await expect(store.readIfChanged('a')).rejects.toThrow(message);
  });
});
