import type { TestProject } from 'vitest/node';
import { cephIsFetched, startCeph } from './ceph.ts';

/** The address of the S3 server for tests, or why there is none. */
export type S3Access =
  | {
      endpoint: string;
      id: string;
      secret: string;
      /** The key of a user without rights of its own, with the same secret; only on a server that is started here. */
      limitedId?: string;
    }
  | { missing: string };

declare module 'vitest' {
  interface ProvidedContext {
    s3: S3Access;
  }
}

const missing = 'no server; run tests/support/s3-server/fetch.sh or set S3_TEST_ENDPOINT';
const ownKeys = { id: 'tests', secret: 'secret-of-tests' };

/** Provides one server for the whole run: the one at S3_TEST_ENDPOINT, or one that is started and stopped here. */
export default async function setUp(
  project: TestProject,
): Promise<(() => Promise<void>) | undefined> {
  const { S3_TEST_ENDPOINT, AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = process.env;
  if (S3_TEST_ENDPOINT !== undefined) {
    project.provide('s3', {
      endpoint: S3_TEST_ENDPOINT,
      id: AWS_ACCESS_KEY_ID,
      secret: AWS_SECRET_ACCESS_KEY,
    });
    return undefined;
  }
  if (!cephIsFetched()) {
    project.provide('s3', { missing });
    process.stderr.write(`Tests that need S3 are skipped: ${missing}\n`);
    return undefined;
  }
  const server = await startCeph(ownKeys);
  project.provide('s3', {
    endpoint: server.endpoint,
    ...ownKeys,
    limitedId: `limited-${ownKeys.id}`,
  });
  return () => server.stop();
}
