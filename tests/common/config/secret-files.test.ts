import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig, readRetrainConfig, readSecrets } from '../../../src/common/config/config.ts';
import { secretHider } from '../../../src/common/text/hide-secrets.ts';
import { faultsOf } from '../../support/config-readers.ts';

describe('a secret in a file', () => {
  let folder: string;
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'secrets-'))));
  afterEach(() => rm(folder, { recursive: true }));

  const token = 'a-token-of-the-admin';
  const fileWith = async (content: string): Promise<string> => {
    const file = join(folder, 'secret');
    await writeFile(file, content);
    return file;
  };

  it('is read without the newline at its end', async () => {
    for (const content of [token, `${token}\n`, `${token}\r\n`])
      expect(readConfig({ ADMIN_TOKEN_FILE: await fileWith(content) }).ADMIN_TOKEN).toBe(token);
    const spaced = await fileWith(` ${token}\n\n`);
    expect(readConfig({ ADMIN_TOKEN_FILE: spaced }).ADMIN_TOKEN).toBe(` ${token}\n`);
  });

  it('may hold API keys and what the webhook needs', async () => {
    const API_KEYS_FILE = await fileWith(`shop:${'ab'.repeat(32)}\n`);
    expect(readConfig({ API_KEYS_FILE }).API_KEYS).toMatchObject([{ name: 'shop' }]);
    const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
    const environment = {
      RETRAIN_WEBHOOK_URL: 'https://example.com/hook',
      RETRAIN_WEBHOOK_SECRET_FILE: await fileWith(secret),
    };
    expect(readRetrainConfig(environment).RETRAIN_WEBHOOK_SECRET).toBe(secret);
  });

  it('stops the start where the variable is set as well', async () => {
    const environment = { ADMIN_TOKEN: token, ADMIN_TOKEN_FILE: await fileWith(token) };
    expect(faultsOf(environment)).toEqual([
      'ADMIN_TOKEN and ADMIN_TOKEN_FILE are both set; set only one of them.',
    ]);
  });

  it('stops the start where the file cannot be read or is empty, naming its path', async () => {
    const missing = join(folder, 'missing');
    expect(faultsOf({ API_KEYS_FILE: missing })).toEqual([
      `API_KEYS_FILE names ${missing}, which cannot be read (ENOENT).`,
    ]);
    const empty = await fileWith('\n');
    expect(faultsOf({ API_KEYS_FILE: empty })).toEqual([
      `API_KEYS_FILE names ${empty}, which is empty.`,
    ]);
  });

  it('is not shown where it cannot be used', async () => {
    const faults = faultsOf({ ADMIN_TOKEN_FILE: await fileWith('short') });
    expect(faults).toEqual([
      'ADMIN_TOKEN must be a token of at least 16 characters; its value is not shown, as it is a secret.',
    ]);
  });

  it('is hidden in output, and its path is not', async () => {
    const ADMIN_TOKEN_FILE = await fileWith(`${token}\n`);
    const hide = secretHider(readSecrets({ ADMIN_TOKEN_FILE, API_KEYS_FILE: '/nowhere/keys' }));
    expect(hide(`${token} of ${ADMIN_TOKEN_FILE}, /nowhere/keys`)).toBe(
      `*** of ${ADMIN_TOKEN_FILE}, /nowhere/keys`,
    );
  });
});
