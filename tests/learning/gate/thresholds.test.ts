import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  changeThresholds,
  migratedThresholds,
  parseThresholdChanges,
  thresholdsText,
  type ThresholdChanges,
} from '../../../src/learning/gate/thresholds.ts';
import { FileRegistry } from '../../../src/registry/file-registry.ts';
import { effectiveThresholds } from '../../../src/registry/gate/gate-config.ts';
import { createModelFolder, type ModelFolder } from '../../support/models/model-folder.ts';

const defaults = {
  confidence: 0.95,
  minPhotos: 100,
  minGroupPhotos: 50,
  unansweredTolerance: 0.01,
  tolerances: {
    mae: 0.05,
    decadeAccuracy: 0.01,
    ece: 0.02,
    groupAccuracy: 0.01,
    worstGroupMae: 0.5,
    falsePositiveRate: 0.02,
    latency: 0.25,
  },
  bars: {},
};

let models: ModelFolder;
let registry: FileRegistry;
beforeEach(async () => {
  models = await createModelFolder();
  registry = new FileRegistry(models.root);
});
afterEach(() => models.remove());

const change = (changes: ThresholdChanges) =>
  changeThresholds({ registry, model: 'face-age', by: 'tests', reason: 'a test' }, changes);
const set = (...words: string[]) => change(parseThresholdChanges(words));

describe('the thresholds of the gate', () => {
  it('default without a file, and bars are checked only if they are set', async () => {
    expect(effectiveThresholds(undefined)).toEqual(defaults);
    const file = await set('tolerances.ece=0.1', 'bars.latency=20', 'bars.ece=0');
    expect(effectiveThresholds(file)).toEqual({
      ...defaults,
      tolerances: { ...defaults.tolerances, ece: 0.1 },
      bars: { latency: 20, ece: 0 },
    });
  });

  it('are stored only if they were set, with the history of changes', async () => {
    await set('minPhotos=200');
    const file = await set('minPhotos=default', 'bars.mae=5');
    expect(file).toEqual({
      schemaVersion: 1,
      updatedAt: file!.updatedAt,
      by: 'tests',
      reason: 'a test',
      thresholds: { bars: { mae: 5 } },
      history: [
        {
          updatedAt: file!.history[0]!.updatedAt,
          by: 'tests',
          reason: 'a test',
          thresholds: { minPhotos: 200 },
        },
      ],
    });
    expect(await registry.readGateConfig('face-age')).toEqual(file);
  });

  it('are not written if nothing changes', async () => {
    expect(await set('minPhotos=default')).toBeUndefined();
    const file = await set('minPhotos=200');
    expect(await set('minPhotos=200')).toEqual(file);
  });

  it('can be migrated from the variables of version 0.1', async () => {
    const changes = migratedThresholds([
      ['GATE_TOLERANCE_MAE_YEARS', '0.1'],
      ['GATE_MIN_ACCURACY', '0.5'],
      ['GATE_MIN_PHOTOS', '100'],
    ]);
    const file = await change(changes);
    expect(file!.thresholds).toEqual({
      minPhotos: 100,
      tolerances: { mae: 0.1 },
      bars: { decadeAccuracy: 0.5 },
    });
  });

  it.each([
    ['confidence=0.4', 'confidence must be a number from 0.5 to 1; it is 0.4.'],
    ['minPhotos=1.5', 'minPhotos must be a whole number greater than 0; it is 1.5.'],
    ['tolerances.mae=-1', 'tolerances.mae must be a number of at least 0; it is -1.'],
    ['tolerances.decadeAccuracy=2', /^tolerances.decadeAccuracy must be a number from 0 to 1/],
    ['bars.falsePositiveRate=1.5', /^bars.falsePositiveRate must be a number from 0 to 1/],
    ['bars.ece=half', 'bars.ece must be a number; it is "half".'],
    ['bars.speed=1', /^bars.speed is not a threshold; the thresholds are confidence, /],
    ['minPhotos', /^"minPhotos" must be a threshold and its value/],
  ])('reject %s with an explanation', async (word, sentence) => {
    await expect(async () => set(word)).rejects.toThrow(sentence);
    expect(await registry.readGateConfig('face-age')).toBeUndefined();
  });

  it('are listed with a mark for those that were set', async () => {
    expect(thresholdsText('face-age', undefined)).toMatch(/^face-age has the default thresholds/);
    const text = thresholdsText('face-age', await set('bars.mae=5'));
    expect(text).toMatch(/^Set by tests at .*: a test$/m);
    expect(text).toMatch(/^bars\.mae +5 +\*$/m);
    expect(text).toMatch(/^bars\.ece +not checked$/m);
    expect(text).toMatch(/^minPhotos +100$/m);
  });
});
