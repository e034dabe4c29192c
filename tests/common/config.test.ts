import { describe, expect, it } from 'vitest';
import { readS3Options } from '../../src/common/config/config.ts';

describe('readS3Options', () => {
  it('leaves AWS as it is, and takes what other servers need', () => {
    expect(readS3Options({})).toEqual({ forcePathStyle: false, checksumMode: 'when_supported' });
    expect(
      readS3Options({ S3_FORCE_PATH_STYLE: 'true', S3_CHECKSUM_MODE: 'when_required' }),
    ).toEqual({ forcePathStyle: true, checksumMode: 'when_required' });
  });

  it('names every fault', () => {
    expect(() =>
      readS3Options({ S3_FORCE_PATH_STYLE: 'maybe', S3_CHECKSUM_MODE: 'never' }),
    ).toThrow(/S3_FORCE_PATH_STYLE[^]*S3_CHECKSUM_MODE/);
  });
});
