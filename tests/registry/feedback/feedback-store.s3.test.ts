import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { nameOfId } from '../../../src/registry/feedback/feedback-keys.ts';
import { FeedbackStore } from '../../../src/registry/feedback/feedback-store.ts';
import { sweepFeedback } from '../../../src/registry/feedback/feedback-sweep.ts';
import { readPage } from '../../../src/registry/feedback/feedback-page.ts';
import { S3Store } from '../../../src/registry/store/s3-store.ts';
import { answerTo } from '../../support/answer-to.ts';
import { exampleFeedback, facePhoto } from '../../support/feedback.ts';
import { openTestDataset } from '../../support/models/open-test-dataset.ts';
import { createBucket, s3Options, withoutS3 } from '../../support/s3-bucket.ts';
import { createTestService, type TestService } from '../../support/test-service.ts';
import { describeFeedbackStore } from './store-contract.ts';

const apiKeys = [{ name: 'app', digest: createHash('sha256').update('a key').digest() }];

describe.skipIf(withoutS3 !== '')(`on a real server${withoutS3}`, () => {
  describeFeedbackStore('S3', async () => {
    const bucket = await createBucket();
    return {
      open: () => new S3Store(`s3://${bucket.name}/some/prefix`, s3Options),
      remove: () => bucket.remove(),
    };
  });

  it('is listed, swept and read as a dataset', async () => {
    const bucket = await createBucket();
    const cache = await mkdtemp(path.join(tmpdir(), 'feedback-s3-'));
    try {
      const location = `s3://${bucket.name}/feedback`;
      const store = new FeedbackStore(new S3Store(location, s3Options));
      const at = new Date('2026-01-01T00:00:00Z');
      const old = await store.add(exampleFeedback({ bytes: facePhoto(1), at }));
      for (const seed of [2, 3, 4])
        await store.add(
          exampleFeedback({ bytes: facePhoto(seed), age: 20 + seed, state: 'accepted' }),
        );
      await store.add(exampleFeedback({ bytes: facePhoto(5) }));

      const first = await readPage(store, { limit: 2 });
      const rest = await readPage(store, { limit: 9, after: first.next });
      expect(first.records[0]!.id).toBe(old.record.id);
      expect(new Set([...first.records, ...rest.records].map(({ id }) => id)).size).toBe(5);

      const now = new Date('2026-03-11T00:00:00Z');
      const report = await sweepFeedback(store, { now, retentionDays: 30 });
      expect(report).toMatchObject({ expired: [nameOfId(old.record.id)], photos: 4 });

      const source = { location, s3: s3Options };
      const { dataset } = await openTestDataset(location, cache, { source, valShare: 0 });
      expect(dataset.photos.map(({ age }) => age.min).toSorted()).toEqual([22, 23, 24]);
      expect(dataset.counts).toMatchObject({ photos: 3, unlabelled: 1 });
    } finally {
      await bucket.remove();
      await rm(cache, { recursive: true });
    }
  });

  it('is shared by two servers that receive the same photo of a client at the same time', async () => {
    const bucket = await createBucket();
    const services = await Promise.all(
      [1, 2].map(() => {
        const store = new S3Store(`s3://${bucket.name}/feedback`, s3Options);
        return createTestService({ feedback: { store }, protection: { apiKeys } });
      }),
    );
    try {
      const post = ({ app }: TestService) =>
        answerTo(
          request(app)
            .post('/v1/feedback')
            .set('X-API-Key', 'a key')
            .field('age', '30')
            .attach('image', facePhoto(1), 'a.jpg'),
        );
      const text = await Promise.all([...services, ...services].map(post));
      expect(text.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 201]);
      expect(await bucket.list()).toHaveLength(2);
      const { id } = text[0]!.body as { id: string };
      await request(services[1]!.app)
        .delete(`/v1/feedback/${id}`)
        .set('X-API-Key', 'a key')
        .expect(204);
      expect(await bucket.list()).toEqual([]);
    } finally {
      await Promise.all(services.map((service) => service.close()));
      await bucket.remove();
    }
  });
});
