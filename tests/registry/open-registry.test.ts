import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/common/config/config.ts';
import { openRegistry, registryOptionsOf } from '../../src/registry/open-registry.ts';
import { defaultRetryPolicy } from '../../src/registry/store/s3-client.ts';
import { RegistryError } from '../../src/registry/registry.ts';

describe('the setting MODEL_REGISTRY', () => {
  it('is a folder if it has no scheme', () => {
    expect(openRegistry('./models').location).toBe('./models');
  });

  it('may name a bucket and a prefix', () => {
    expect(openRegistry('s3://bucket/models/').location).toBe('s3://bucket/models');
    expect(openRegistry('s3://bucket').location).toBe('s3://bucket');
  });

  it.each([
    ['s3:///models', /does not name a bucket; write s3:\/\/bucket\/prefix/],
    ['gs://bucket/models', /gs:\/\/ is not supported/],
  ])('reports what is wrong with %s', (location, message) => {
    expect(() => openRegistry(location)).toThrow(RegistryError);
    expect(() => openRegistry(location)).toThrow(message);
  });
});

describe('the time limits of a registry', () => {
  const retryPolicyAt = (REGISTRY_POLL_SECONDS: string) =>
    registryOptionsOf(readConfig({ REGISTRY_POLL_SECONDS })).s3?.retryPolicy;

  it('give up on a stalled request within a poll interval', () => {
    const { smallMs, stall } = retryPolicyAt('5')!;
    expect(2 * smallMs!).toBeLessThanOrEqual(5000);
    expect(2 * stall!.windowMs).toBeLessThanOrEqual(5000);
    expect(stall!.minBytes / stall!.windowMs).toBeCloseTo(
      defaultRetryPolicy.stall.minBytes / defaultRetryPolicy.stall.windowMs,
    );
  });

  it('are never longer than the defaults', () => {
    expect(retryPolicyAt('3600')).toMatchObject({
      smallMs: defaultRetryPolicy.smallMs,
      stall: defaultRetryPolicy.stall,
    });
  });
});
