import { homedir } from 'node:os';
import { describe, expect, it } from 'vitest';
import {
  readDatasetConfig,
  readFeedbackConfig,
  readGateConfig,
  readModelConfig,
} from '../../../src/common/config/config.ts';
import { LocationError, readLocation } from '../../../src/common/config/location.ts';
import { openRegistry } from '../../../src/registry/open-registry.ts';
import { parseLocation } from '../../../src/cli/option-values.ts';

/** Every way in which a location is given. */
const readers: [string, (given: string) => string | undefined][] = [
  ['MODEL_REGISTRY', (given) => readModelConfig({ MODEL_REGISTRY: given }).MODEL_REGISTRY],
  ['FEEDBACK_STORE', (given) => readFeedbackConfig({ FEEDBACK_STORE: given }).FEEDBACK_STORE],
  ['FACES_DIR', (given) => readDatasetConfig({ FACES_DIR: given }).FACES_DIR],
  ['GATE_SET', (given) => readGateConfig({ GATE_SET: given }).GATE_SET],
  ['an option', parseLocation],
  ['the library', (given) => openRegistry(given).location],
];

describe.each(readers)('a location in %s', (_where, read) => {
  it.each([
    ['s3://bucket/prefix', 's3://bucket/prefix'],
    ['  s3://bucket/prefix \t', 's3://bucket/prefix'],
    ['~/faces', `${homedir()}/faces`],
    ['./models', './models'],
  ])('reads %j as %s', (given, expected) => {
    expect(read(given)).toBe(expected);
  });

  it.each([
    ['"s3://bucket/prefix"', /remove the quotes/],
    ["'./models'", /remove the quotes/],
    ['s3:/bucket/prefix', /write s3:\/\/bucket\/prefix/],
    ['S3://bucket', /write s3:\/\/bucket/],
    ['s3://', /does not name a bucket/],
    ['https://bucket.s3.amazonaws.com/models', /belongs in AWS_ENDPOINT_URL_S3/],
    ['$MODELS/face', /the variable in it was not expanded/],
  ])('refuses %s', (given, reason) => {
    expect(() => read(given)).toThrow(reason);
  });
});

describe('a location', () => {
  it.each(['f', 'C:\\faces', '/mnt/photos: 2024', "people's", './a "b" c', 's3://b'])(
    'may be %s',
    (given) => {
      expect(readLocation(given)).toBe(given);
    },
  );

  it.each([
    ['', /it is empty/],
    ['s3:bucket', /write s3:\/\/bucket/],
    ['s3a://bucket/p', /write s3:\/\/bucket\/p/],
    ['s3:///prefix', /does not name a bucket/],
    ['s3://my bucket/a', /the bucket name contains a space/],
    ['file:///models', /the path of the folder alone/],
    ['gs://bucket', /gs:\/\/ is not supported/],
    ['models\n./more', /line break/],
    ['${MODELS}', /not expanded/],
  ])('may not be %j', (given, reason) => {
    expect(() => readLocation(given)).toThrow(LocationError);
    expect(() => readLocation(given)).toThrow(reason);
  });
});
