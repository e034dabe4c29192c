import { randomUUID } from 'node:crypto';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { inject } from 'vitest';
import type { S3Options } from '../../src/registry/store/s3-client.ts';
import './s3-server/global-setup.ts';

const access = inject('s3');

/** A suffix for the names of tests that need a server: why they are skipped, or empty. */
export const withoutS3 = 'missing' in access ? ` (skipped: ${access.missing})` : '';

if ('endpoint' in access) {
  process.env.AWS_ENDPOINT_URL_S3 = access.endpoint;
  process.env.AWS_ACCESS_KEY_ID = access.id;
  process.env.AWS_SECRET_ACCESS_KEY = access.secret;
}
// The SDK needs these before it connects, and would otherwise search for them in many places.
process.env.AWS_REGION ??= 'us-east-1';
process.env.AWS_ACCESS_KEY_ID ??= 'tests';
process.env.AWS_SECRET_ACCESS_KEY ??= 'secret-of-tests';

/** The key of a user that has only the rights which a bucket's policy gives it; undefined where the server has none. */
export const limitedKey = 'endpoint' in access ? access.limitedId : undefined;

/** The server's address, for a proxy in front of it. */
export const s3Endpoint = 'endpoint' in access ? access.endpoint : '';

export const s3Options: S3Options = { forcePathStyle: true, checksumMode: 'when_supported' };

/** What another process needs in its environment to reach the server, or a proxy in front of it. */
export const s3Environment = (endpoint = s3Endpoint): Record<string, string> => ({
  AWS_ENDPOINT_URL_S3: endpoint,
  AWS_ACCESS_KEY_ID: process.env.AWS_ACCESS_KEY_ID!,
  AWS_SECRET_ACCESS_KEY: process.env.AWS_SECRET_ACCESS_KEY!,
  AWS_REGION: 'us-east-1',
  S3_FORCE_PATH_STYLE: 'true',
});

/** A policy as it is attached to a user, with BUCKET for the name of the bucket. */
export interface Policy {
  Version: string;
  Statement: readonly Record<string, unknown>[];
}

/** A bucket of a test's own. */
export interface TestBucket {
  name: string;
  put(key: string, bytes: Uint8Array | string): Promise<void>;
  /** All keys, up to a thousand, sorted. */
  list(): Promise<string[]>;
  /** Gives the limited user the rights of a policy, instead of those it had. */
  allowLimited(policy: Policy): Promise<void>;
  /** Removes the bucket with its content. */
  remove(): Promise<void>;
}

export async function createBucket(): Promise<TestBucket> {
  const client = new S3Client({ forcePathStyle: true });
  const name = `test-${randomUUID()}`;
  const Bucket = name;
  await client.send(new CreateBucketCommand({ Bucket }));
  return {
    name,
    put: async (Key, Body) => {
      await client.send(new PutObjectCommand({ Bucket, Key, Body }));
    },
    allowLimited: async ({ Version, Statement }) => {
      const Principal = { AWS: ['arn:aws:iam:::user/limited'] };
      const own = { Version, Statement: Statement.map((rights) => ({ ...rights, Principal })) };
      const document = JSON.stringify(own).replaceAll('BUCKET', name);
      await client.send(new PutBucketPolicyCommand({ Bucket, Policy: document }));
    },
    list: async () => {
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }));
      return Contents.map(({ Key = '' }) => Key).toSorted();
    },
    remove: async () => {
      for (;;) {
        const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }));
        if (Contents.length === 0) break;
        const Objects = Contents.map(({ Key }) => ({ Key }));
        await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
      }
      await client.send(new DeleteBucketCommand({ Bucket }));
      client.destroy();
    },
  };
}
