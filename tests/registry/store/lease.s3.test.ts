import { describe } from 'vitest';
import { S3Store } from '../../../src/registry/store/s3-store.ts';
import { createBucket, s3Options, withoutS3 } from '../../support/s3-bucket.ts';
import { describeLease } from './lease-contract.ts';

describe.skipIf(withoutS3 !== '')(`on a real server${withoutS3}`, () => {
  describeLease('S3', async () => {
    const bucket = await createBucket();
    return {
      store: new S3Store(`s3://${bucket.name}/models`, s3Options),
      remove: () => bucket.remove(),
    };
  });
});
