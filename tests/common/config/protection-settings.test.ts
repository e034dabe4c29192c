import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/common/config/config.ts';

const hash = 'ab'.repeat(32);

describe('API_KEYS', () => {
  it('holds names and hashes', () => {
    const { API_KEYS } = readConfig({ API_KEYS: `shop:${hash}, app-2:${hash}` });
    expect(API_KEYS).toMatchObject([{ name: 'shop' }, { name: 'app-2' }]);
    expect(API_KEYS![0]!.digest.toString('hex')).toBe(hash);
  });

  it('does not show what may be a key in plain text', () => {
    expect(() => readConfig({ API_KEYS: `shop:${hash},app:my-secret-key` })).toThrow(/entry 2/);
    expect(() => readConfig({ API_KEYS: 'app:my-secret-key' })).not.toThrow(/my-secret-key/);
  });
});

describe('TRUST_PROXY', () => {
  it.each([
    ['2', 2],
    ['10.0.0.0/8, loopback', ['10.0.0.0/8', 'loopback']],
    ['fd00::/8', ['fd00::/8']],
  ])('%s', (text, expected) => {
    expect(readConfig({ TRUST_PROXY: text }).TRUST_PROXY).toEqual(expected);
  });

  it.each(['true', '10.0.0.0/40', '10.0.0.0/8/8', 'proxy.example.com'])('%s is refused', (text) => {
    expect(() => readConfig({ TRUST_PROXY: text })).toThrow(/TRUST_PROXY/);
  });
});

describe('CORS_ORIGINS', () => {
  it('holds origins or all', () => {
    const origins = ['https://a.example.com', 'http://localhost:8080'];
    expect(readConfig({ CORS_ORIGINS: origins.join(',') }).CORS_ORIGINS).toEqual(origins);
    expect(readConfig({ CORS_ORIGINS: '*' }).CORS_ORIGINS).toEqual(['*']);
  });

  it.each(['a.example.com', 'https://a.example.com/'])('%s is refused', (text) => {
    expect(() => readConfig({ CORS_ORIGINS: text })).toThrow(/is not an origin/);
  });
});
