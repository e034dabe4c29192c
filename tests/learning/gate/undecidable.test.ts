import { describe, expect, it } from 'vitest';
import { TrainingPhotoList } from '../../../src/learning/dataset/training-photo-list.ts';
import { reasonsUndecidable, type UpcomingGate } from '../../../src/learning/gate/undecidable.ts';
import { useGateWorkplace } from '../../support/models/gate-workplace.ts';
import { openTestDataset } from '../../support/models/open-test-dataset.ts';

const at = useGateWorkplace();

const reasons = (gate: Partial<UpcomingGate> = {}): Promise<string[]> =>
  reasonsUndecidable(at.registry, {
    model: 'face-age',
    champion: null,
    set: at.set.faces,
    split: 'val',
    valShare: 0.1,
    cache: at.set.cache,
    ...gate,
  });

describe('a gate that has not run yet', () => {
  it('can decide with enough photos that the champion was not trained on', async () => {
    await at.writeVersions(45);
    await at.models.write('1/training-photos.bin', TrainingPhotoList.of([]).toBytes());
    expect(await reasons()).toEqual([]);
    expect(await reasons({ champion: 1 })).toEqual([]);
  });

  it('cannot decide with too few photos, and names the splits together where they are enough', async () => {
    await at.setThresholds({ minPhotos: 101 });
    expect(await reasons()).toEqual([
      expect.stringMatching(
        /split "val" of .* has 100 photos with exact ages and 0 with ranges, .* at least 101 .*: set GATE_SPLIT=all, which has 110/,
      ),
    ]);
    expect(await reasons({ split: 'all' })).toEqual([]);
    await at.setThresholds({ minPhotos: 500 });
    expect(await reasons()).toEqual([expect.stringMatching(/: use a larger set \(GATE_SET\), or/)]);
  });

  it('cannot decide on photos that the champion was trained on', async () => {
    await at.writeVersions(45);
    const { dataset } = await openTestDataset(at.set.faces, at.set.cache);
    const list = TrainingPhotoList.of([dataset.hashOf(dataset.photosOf('val')[0]!)]);
    await at.models.write('1/training-photos.bin', list.toBytes());
    expect(await reasons({ champion: 1 })).toEqual([
      expect.stringMatching(
        /version 1 was trained on 1 of the 100 photos.*remove them from GATE_SET/,
      ),
    ]);
  });
});
