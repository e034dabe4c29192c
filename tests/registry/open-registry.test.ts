import { describe, expect, it } from 'vitest';
import { openRegistry } from '../../src/registry/open-registry.ts';
import { RegistryError } from '../../src/registry/registry.ts';

describe('the setting MODEL_REGISTRY', () => {
  it('is a folder where it has no scheme', () => {
    expect(openRegistry('./models').location).toBe('./models');
  });

  it('may name a bucket, and a prefix in it', () => {
    expect(openRegistry('s3://bucket/models/').location).toBe('s3://bucket/models');
    expect(openRegistry('s3://bucket').location).toBe('s3://bucket');
  });

  it.each([
    ['s3:///models', /names no bucket; write s3:\/\/bucket\/prefix/],
    ['gs://bucket/models', /gs:\/\/ is not supported/],
  ])('says what is wrong with %s', (location, message) => {
    expect(() => openRegistry(location)).toThrow(RegistryError);
    expect(() => openRegistry(location)).toThrow(message);
  });
});
