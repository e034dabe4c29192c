import { describe, expect, it } from 'vitest';
import type { GateOptions } from '../../../src/learning/gate/gate-options.ts';
import { TrainingPhotoList } from '../../../src/learning/dataset/training-photo-list.ts';
import { promote } from '../../../src/registry/promotion.ts';
import { useGateWorkplace } from '../../support/models/gate-workplace.ts';
import { openTestDataset } from '../../support/models/open-test-dataset.ts';

const at = useGateWorkplace();

describe('runGate', { timeout: 60_000 }, () => {
  it('promotes regardless of the outcome when forced, and records that everywhere', async () => {
    await at.writeVersions(45, 70);
    const result = await at.gate({ force: true, reason: 'the champion leaks memory' });
    expect(result).toMatchObject({
      outcome: 'refuse',
      promoted: true,
      forced: { by: 'tests', reason: 'the champion leaks memory' },
    });
    expect(await at.stored(result.id)).toEqual(result);
    const moved = await at.production();
    expect(moved).toMatchObject({ version: 2, by: 'tests' });
    expect(moved!.reason).toMatch(
      /^forced despite gate .* \(refuse: MAE .*\): the champion leaks memory$/,
    );
  });

  it('does not move an alias that somebody else has moved in the meantime', async () => {
    await at.writeVersions(70, 45, 60);
    let moving: Promise<unknown> = Promise.resolve();
    const log = () => {
      const move = { model: 'face-age', alias: 'production', by: 'another', reason: '' };
      moving = promote(at.registry, 3, move);
    };
    const result = await at.gate({}, {}, { log });
    await moving;
    expect(result).toMatchObject({ champion: 1, outcome: 'hold', promoted: false });
    expect(result.reasons.slice(0, 2)).toEqual([
      'production was moved in the meantime: it points to version 3, not to version 1, which was evaluated',
      'otherwise the outcome would be promote',
    ]);
    expect(await at.production()).toMatchObject({ version: 3, by: 'another' });
    expect(await at.stored(result.id)).toEqual(result);
  });

  it('refuses a set if either version was trained on one of its photos', async () => {
    await at.writeVersions(70, 45);
    const { dataset } = await openTestDataset(at.set.faces, at.set.cache);
    const [seen] = dataset.photosOf('val');
    const list = TrainingPhotoList.of([dataset.hashOf(seen!)]).toBytes();
    for (const version of [1, 2]) {
      await at.models.write('1/training-photos.bin', TrainingPhotoList.of([]).toBytes());
      await at.models.write('2/training-photos.bin', TrainingPhotoList.of([]).toBytes());
      await at.models.write(`${version}/training-photos.bin`, list);
      const result = await at.gate();
      expect(result).toMatchObject({ outcome: 'refuse', promoted: false, unverified: [] });
      expect(result.reasons).toEqual([
        expect.stringContaining(
          `version ${version} was trained on 1 of the 100 photos of the set (${seen!.key})`,
        ),
      ]);
      expect(await at.stored(result.id)).toEqual(result);
    }
    expect(await at.production()).toMatchObject({ version: 1 });
  });

  it('names the version whose training photos are unknown', async () => {
    await at.writeVersions(70, 45);
    await at.models.write('2/training-photos.bin', TrainingPhotoList.of([]).toBytes());
    const { unverified } = await at.gate();
    expect(unverified).toEqual([expect.stringMatching(/^version 1 has no training-photos\.bin/)]);
  });

  it('applies the decision of an interrupted gate without another measurement', async () => {
    await at.writeVersions(70, 45);
    const first = await at.gate({ id: 'run-1' });
    await at.models.writeAlias('production', 1);
    await at.models.write('2/model.onnx', 'corrupt');
    expect(await at.gate({ id: 'run-1' })).toEqual(first);
    expect(await at.production()).toMatchObject({ version: 2 });
    const back = { model: 'face-age', alias: 'production', by: 'an operator', reason: 'worse' };
    await promote(at.registry, 1, back);
    expect(await at.gate({ id: 'run-1' })).toEqual(first);
    expect(await at.production()).toMatchObject({ version: 1, by: 'an operator' });
    await expect(at.gate({ id: 'run-1', challenger: 1 })).rejects.toThrow(/use another id/);
  });

  it('writes no result and moves no alias when it is interrupted', async () => {
    await at.writeVersions(70, 45);
    const stop = new AbortController();
    const log = () => stop.abort(new Error('interrupted'));
    await expect(at.gate({}, {}, { log, signal: stop.signal })).rejects.toThrow('interrupted');
    expect(await at.registry.listGates('face-age')).toEqual([]);
    expect(await at.production()).toMatchObject({ version: 1 });
  });

  it.each<[string, Partial<GateOptions>, RegExp]>([
    [
      'a version that does not exist',
      { challenger: 9 },
      /has no version 9 of face-age; it has 1, 2/,
    ],
    ['an invalid alias name', { alias: '../x' }, /cannot be the name of an alias/],
    ['a split without photos', { split: 'test' }, /is in split "test"; its splits are/],
    ['a set that does not exist', { set: '/nowhere' }, /nowhere/],
  ])('reports %s', async (_what, options, reason) => {
    await at.writeVersions(70, 45);
    await expect(at.gate(options)).rejects.toThrow(reason);
    expect(await at.registry.listGates('face-age')).toEqual([]);
  });
});
