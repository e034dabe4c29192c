import { describe, expect, it } from 'vitest';
import {
  readConfig,
  readConfigWarnings,
  readFeedbackConfig,
  readGateConfig,
  readModelConfig,
  readRetrainConfig,
  readS3Options,
  readScheduleConfig,
  settingsSchema,
} from '../../../src/common/config/config.ts';
import { programs, secretNames, settingGroups } from '../../../src/common/config/programs.ts';
import { removedThresholds } from '../../../src/common/config/removed-settings.ts';
import { everyReader, faultsOf, readers } from '../../support/config-readers.ts';

describe('readS3Options', () => {
  it('leaves AWS as it is, and takes what other servers need', () => {
    expect(readS3Options({})).toEqual({ forcePathStyle: false, checksumMode: 'when_supported' });
    expect(
      readS3Options({ S3_FORCE_PATH_STYLE: 'true', S3_CHECKSUM_MODE: 'when_required' }),
    ).toEqual({ forcePathStyle: true, checksumMode: 'when_required' });
  });

  it('says in every request who pays for it only where AWS_REQUEST_PAYER does', () => {
    expect(readS3Options({ AWS_REQUEST_PAYER: 'requester' })).toMatchObject({
      requesterPays: true,
    });
    expect(() => readS3Options({ AWS_REQUEST_PAYER: 'me' })).toThrow(
      /AWS_REQUEST_PAYER must be requester, or unset; it is "me"\./,
    );
  });

  it('names every fault', () => {
    expect(() =>
      readS3Options({ S3_FORCE_PATH_STYLE: 'maybe', S3_CHECKSUM_MODE: 'never' }),
    ).toThrow(/S3_FORCE_PATH_STYLE[^]*S3_CHECKSUM_MODE/);
  });
});

describe('a program', () => {
  it('reads at most 70 settings where it is the server', () => {
    expect(Object.keys(settingsSchema.shape).length).toBeLessThanOrEqual(70);
  });

  it('validates only its own settings', () => {
    const faulty = { RETRAIN_PUSH_URL: 'nowhere', PORT: 'abc' };
    expect(faultsOf(faulty, readConfig)).toEqual([expect.stringMatching(/^PORT must be/)]);
    expect(faultsOf(faulty, readRetrainConfig)).toEqual([
      expect.stringMatching(/^RETRAIN_PUSH_URL must be/),
    ]);
    expect(faultsOf(faulty, readScheduleConfig)).toEqual([]);
  });

  it('reads settings of which each stands in one group', () => {
    const grouped = Object.values(settingGroups).flatMap((group) => Object.keys(group));
    const read = Object.values(programs).flatMap(({ shape }) => Object.keys(shape));
    expect(grouped.toSorted()).toEqual([...new Set(read)].toSorted());
  });

  it.each(everyReader)('%s takes an empty variable for an unset one', (_name, read) => {
    expect(read({ PORT: '', MODEL_NAME: ' ', API_KEY: '' })).toEqual(read({}));
  });

  it('retrain wants a secret for its webhook', () => {
    const RETRAIN_WEBHOOK_URL = 'https://example.com/hook';
    expect(faultsOf({ RETRAIN_WEBHOOK_URL }, readRetrainConfig)).toEqual([
      'RETRAIN_WEBHOOK_URL needs RETRAIN_WEBHOOK_SECRET, which is not set.',
    ]);
    expect(faultsOf({ RETRAIN_WEBHOOK_URL }, readConfig)).toEqual([]);
  });
});

describe('a threshold of the gate in the environment', () => {
  const environment = { GATE_TOLERANCE_ECE: '0.1', GATE_MIN_PHOTOS: '5' };

  it('stops gate and retrain with the command that migrates it', () => {
    for (const read of [readGateConfig, readRetrainConfig])
      expect(faultsOf(environment, read)).toEqual([
        expect.stringMatching(
          /^GATE_MIN_PHOTOS, GATE_TOLERANCE_ECE are no longer read: .* "npx face-age gate-config migrate" /,
        ),
      ]);
  });

  it('is one warning in a server', () => {
    expect(faultsOf(environment)).toEqual([]);
    expect(readConfigWarnings(environment)).toEqual([expect.stringMatching(/gate-config migrate/)]);
    expect(readConfigWarnings({ GATE_SET: 'faces' })).toEqual([]);
  });

  it.each(Object.keys(removedThresholds))('%s is known to all other programs', (name) => {
    for (const read of [readConfig, readModelConfig, readScheduleConfig, readFeedbackConfig])
      expect(faultsOf({ [name]: '1' }, read)).toEqual([]);
  });
});

/** Values that no setting takes; any text is a folder, a command or a split. */
const freeTexts = new Set([
  ...['HOST', 'MODEL_REGISTRY', 'MODEL_CACHE_DIR', 'FACES_DIR', 'GATE_SET', 'GATE_SPLIT'],
  ...['RETRAIN_COMMAND', 'RETRAIN_STATE_DIR', 'RETRAIN_SCHEDULE'],
]);
const WRONG = 'nope://!';

describe('a faulty value', () => {
  const cases = Object.entries(programs).flatMap(([program, { shape }]) =>
    Object.keys(shape)
      .filter((name) => !freeTexts.has(name))
      .map((name) => ({ program: program as keyof typeof programs, name })),
  );

  it.each(cases)('of $name is a sentence in $program', ({ program, name }) => {
    const faults = faultsOf({ [name]: WRONG }, readers[program]).filter(
      (fault) => !fault.includes(' needs '),
    );
    const shown = secretNames.includes(name)
      ? /must be .+; (its value is not shown, as it is a secret|entry 1 of 1 is not)\.$/
      : /must be .+; (it is "nope:\/\/!"|"nope:\/\/!" is .+)\.$/;
    expect(faults).toEqual([expect.stringMatching(shown)]);
    expect(faults[0]!.startsWith(`${name} must be `)).toBe(true);
    expect(faults[0]).not.toMatch(/expected|received|invalid|NaN|undefined/i);
  });

  it.each([
    [{ PORT: 'abc' }, 'PORT must be a whole number from 0 to 65535; it is "abc".'],
    [{ PORT: '70000' }, 'PORT must be a whole number from 0 to 65535; it is "70000".'],
    [{ MAX_PIXELS: '0' }, 'MAX_PIXELS must be a whole number greater than 0; it is "0".'],
    [
      { SHADOW_MAX_ENGINE_SHARE: '2' },
      'SHADOW_MAX_ENGINE_SHARE must be a number greater than 0 and at most 1; it is "2".',
    ],
    [{ DEVICE: 'tpu' }, 'DEVICE must be auto, cpu or gpu; it is "tpu".'],
    [{ RETRAIN_ON_DRIFT: 'maybe' }, 'RETRAIN_ON_DRIFT must be true or false; it is "maybe".'],
    [
      { DRIFT_WINDOW_PHOTOS: '20' },
      'DRIFT_WINDOW_PHOTOS must be 0 or a whole number from 50 to 1000000; it is "20".',
    ],
    [
      { CORS_ORIGINS: 'https://a.example.com,b' },
      'CORS_ORIGINS must be a list of origins such as https://example.com, separated by commas, or *; "b" is not an origin.',
    ],
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'ftp://user:pass@host' },
      'OTEL_EXPORTER_OTLP_ENDPOINT must be an http:// or https:// URL; it is "ftp://***@host".',
    ],
  ])('of %j says what is allowed and what it was', (environment, sentence) => {
    expect(faultsOf(environment)).toEqual([sentence]);
  });

  it('is reported together with all others', () => {
    const faults = faultsOf({ PORT: 'abc', API_KEY: 'x', DEVICE: 'tpu', ADMIN_TOKEN: 'short' });
    expect(faults.map((fault) => fault.split(' ')[0]).toSorted()).toEqual([
      'ADMIN_TOKEN',
      'API_KEY',
      'DEVICE',
      'PORT',
    ]);
  });

  it('is not shown where it is a secret', () => {
    const secrets = Object.fromEntries(secretNames.map((name) => [name, 'hunter2']));
    for (const [, read] of everyReader)
      expect(faultsOf(secrets, read).join()).not.toMatch(/hunter2/);
  });
});
