import { defineConfig } from 'vitest/config';

/** Tests that need an S3 server; one is started for them, and only for them. */
const withS3 = 'tests/**/*.s3.test.ts';

/** The compiled program, which tests start. */
const built = 'tests/support/built-program.ts';

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'plain',
          include: ['tests/**/*.test.ts'],
          exclude: [withS3],
          globalSetup: built,
        },
      },
      {
        extends: true,
        test: {
          name: 's3',
          include: [withS3],
          globalSetup: [built, 'tests/support/s3-server/global-setup.ts'],
        },
      },
    ],
  },
});
