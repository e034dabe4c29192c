import { expect, describe, it } from 'vitest';
import { S3Store } from '../../../src/registry/store/s3-store.ts';
import { StorageError } from '../../../src/registry/store/object-store.ts';
import { createBucket, s3Options, withoutS3 } from '../../support/s3-bucket.ts';
import { gather } from '../../support/gather.ts';
import { describeStore } from './store-contract.ts';

describe.skipIf(withoutS3 !== '')(`on a real server${withoutS3}`, () => {
  describeStore(
    'S3Store',
    async () => {
      const bucket = await createBucket();
      return {
        store: new S3Store(`s3://${bucket.name}/some/prefix/`, s3Options),
        put: (key, content) => bucket.put(`some/prefix/${key}`, content),
        remove: () => bucket.remove(),
      };
    },
    () => new S3Store('s3://no-such-bucket', s3Options),
  );

  it('works without the newer checksums if the server does not support them', async () => {
    const bucket = await createBucket();
    try {
      const options = { ...s3Options, checksumMode: 'when_required' as const };
      const store = new S3Store(`s3://${bucket.name}`, options);
      const etag = await store.put('small', Buffer.from('1'), { ifAbsent: true });
      await store.put('small', Buffer.from('2'), { ifMatch: etag });
      await store.upload('large', Buffer.alloc(200_000, 'x'));
      expect((await store.read('large')).equals(Buffer.alloc(200_000, 'x'))).toBe(true);
    } finally {
      await bucket.remove();
    }
  });

  it('lists all pages of a long listing, and nothing of a neighboring prefix', async () => {
    const bucket = await createBucket();
    try {
      const keys = Array.from({ length: 1201 }, (_, index) => `faces/${index}.jpg`);
      for (let first = 0; first < keys.length; first += 50)
        await Promise.all(keys.slice(first, first + 50).map((key) => bucket.put(key, 'x')));
      await bucket.put('faces2/a.jpg', 'x');
      await bucket.put('faces/', '');
      const listed = await gather(new S3Store(`s3://${bucket.name}/faces`, s3Options).list());
      expect(listed.map(({ key }) => `faces/${key}`).toSorted()).toEqual(keys.toSorted());
    } finally {
      await bucket.remove();
    }
  }, 180_000);

  it('says what to check if the bucket does not exist', async () => {
    const listing = new S3Store('s3://no-such-bucket/a', s3Options).list();
    await expect(listing.next()).rejects.toThrow(
      /cannot list s3:\/\/no-such-bucket\/a: there is no such bucket; check the location, AWS_ENDPOINT_URL_S3/,
    );
  });
});

describe('S3Store', () => {
  it('reports a failed connection', async () => {
    const store = new S3Store('s3://bucket/a', { ...s3Options, endpoint: 'http://127.0.0.1:1' });
    await expect(store.readIfChanged('b')).rejects.toThrow(
      /cannot read s3:\/\/bucket\/a\/b: no connection \(.*127\.0\.0\.1:1\); check AWS_ENDPOINT_URL_S3/,
    );
  });

  it('requires a bucket', () => {
    expect(() => new S3Store('s3:///prefix', s3Options)).toThrow(StorageError);
  });
});
