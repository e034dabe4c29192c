import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { cephIsFetched, startCeph } from '../../tests/support/s3-server/ceph.ts';

/** An S3 server of this process's own, with an empty bucket. */
export interface OwnS3 {
  /** `s3://bucket/models` */
  readonly location: string;
  readonly endpoint: string;
  /** What a process needs to know to talk to it. */
  readonly environment: Record<string, string>;
  stop(): Promise<void>;
}

const KEYS = { id: 'bench', secret: 'secret-of-bench' };
const BUCKET = 'bench';

/** @throws Error where no server was fetched */
export async function startOwnS3(): Promise<OwnS3> {
  if (!cephIsFetched())
    throw new Error('there is no S3 server here; run tests/support/s3-server/fetch.sh first');
  const server = await startCeph(KEYS);
  const environment = {
    AWS_ENDPOINT_URL_S3: server.endpoint,
    AWS_ACCESS_KEY_ID: KEYS.id,
    AWS_SECRET_ACCESS_KEY: KEYS.secret,
    AWS_REGION: 'us-east-1',
    S3_FORCE_PATH_STYLE: 'true',
  };
  Object.assign(process.env, environment);
  const client = new S3Client({ forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
  client.destroy();
  const { endpoint, stop } = server;
  return { location: `s3://${BUCKET}/models`, endpoint, environment, stop };
}
