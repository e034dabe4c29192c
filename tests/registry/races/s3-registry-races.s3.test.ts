import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { readConfig } from '../../../src/common/config/config.ts';
import { registryOf } from '../../../src/registry/open-registry.ts';
import {
  createBucket,
  s3Environment,
  withoutS3,
  type TestBucket,
} from '../../support/s3-bucket.ts';
import { describeRaces } from './races.ts';

describe.skipIf(withoutS3 !== '')(`a registry in S3 that two processes change${withoutS3}`, () => {
  const cache = mkdtempSync(path.join(tmpdir(), 'face-age-races-'));
  let bucket: TestBucket;
  beforeAll(async () => {
    bucket = await createBucket();
  });
  afterAll(async () => {
    await bucket.remove();
    rmSync(cache, { recursive: true, force: true });
  });

  describeRaces(() => {
    const settings = { MODEL_REGISTRY: `s3://${bucket.name}`, MODEL_CACHE_DIR: cache };
    const environment = { PATH: process.env.PATH, ...s3Environment(), ...settings };
    return { registry: registryOf(readConfig(environment)), environment };
  });
});
