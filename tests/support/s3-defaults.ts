import { readS3Options } from '../../src/common/config/config.ts';

/** S3 options for store addresses in tests without a server. */
export const s3Defaults = readS3Options({});
