import { readS3Options } from '../../src/common/config/config.ts';

/** Where a store's address wants S3 options and the test has no server. */
export const s3Defaults = readS3Options({});
