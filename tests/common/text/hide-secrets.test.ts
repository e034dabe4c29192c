import { describe, expect, it } from 'vitest';
import { readSecrets } from '../../../src/common/config/config.ts';
import { secretHider } from '../../../src/common/text/hide-secrets.ts';

describe('secrets in output', () => {
  it('are hidden wherever they occur', () => {
    const hide = secretHider(['s3cr/et+value']);
    expect(hide('key=s3cr/et+value; again s3cr/et+value!')).toBe('key=***; again ***!');
    expect(hide('?key2=s3cr%2Fet%2Bvalue')).toBe('?key2=***');
  });

  it('are hidden as items of a list and as lines', () => {
    const hide = secretHider(['first-key, second-key', 'BEGIN-KEY\nabcdefgh\nEND-KEY']);
    expect(hide('used second-key')).toBe('used ***');
    expect(hide('abcdefgh')).toBe('***');
  });

  it('are hidden completely if one is part of another', () => {
    expect(secretHider(['secret', 'secret-and-more'])('secret-and-more')).toBe('***');
  });

  it('do not include common words', () => {
    expect(secretHider(['1', 'true', ''])('true: 1 epoch')).toBe('true: 1 epoch');
  });

  it('are hidden in URLs, wherever they come from', () => {
    const hide = secretHider([]);
    expect(hide('push to https://user:pass@host/x')).toBe('push to https://***@host/x');
    expect(hide('GET /a?X-Amz-Signature=abc&b=1')).toBe('GET /a?X-Amz-Signature=***&b=1');
  });
});

describe('the secrets of an environment', () => {
  it('are the values of variables that hold secrets', () => {
    const secrets = readSecrets({
      ADMIN_TOKEN: 'a',
      AWS_SECRET_ACCESS_KEY: 'b',
      AWS_ACCESS_KEY_ID: 'c',
      API_KEYS: 'd',
      RETRAIN_WEBHOOK_URL: 'e',
      DB_PASSWORD: 'f',
      MODEL_NAME: 'face-age',
      MONKEY: 'no',
    });
    expect(secrets.toSorted()).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });
});
