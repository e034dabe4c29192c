import { describe, expect, it } from 'vitest';
import { exactly } from '../../../src/learning/dataset/age-range.ts';
import { readLabels } from '../../../src/learning/dataset/label-layout.ts';
import { formatFeedbackRecord } from '../../../src/registry/feedback/feedback-record.ts';
import { exampleRecord } from '../../support/feedback.ts';
import { memoryStore } from '../../support/fakes/memory-store.ts';

const read = (objects: Record<string, Uint8Array | string>) => {
  const store = memoryStore(objects);
  return readLabels(store, store.keys);
};

describe('readLabels', () => {
  it('prefers a label table and counts the photos that it omits', async () => {
    const labels = await read({
      'labels.csv': 'file,age\n31_0_0_a.jpg,7\ngone.jpg,8\n',
      '31_0_0_a.jpg': '',
      '44_0_0_b.jpg': '',
      'notes.txt': '',
    });
    expect(labels.layout).toBe('labels.csv');
    expect(labels.files.map(({ key, age }) => [key, age])).toEqual([
      ['31_0_0_a.jpg', exactly(7)],
      ['gone.jpg', exactly(8)],
    ]);
    expect(labels.unlabeled).toBe(1);
  });

  it('reads UTKFace file names with sex, ethnicity, and split', async () => {
    const labels = await read({
      'val/100_1_4_20170112.jpg.chip.jpg': '',
      'part1/5_0_2_x.PNG': '',
      '61_3_20170109.jpg': '',
      'readme.md': '',
    });
    expect(labels).toEqual({
      layout: 'UTKFace file names',
      files: [
        {
          key: 'val/100_1_4_20170112.jpg.chip.jpg',
          age: exactly(100),
          split: 'val',
          groups: { sex: '1', ethnicity: '4' },
        },
        {
          key: 'part1/5_0_2_x.PNG',
          age: exactly(5),
          split: undefined,
          groups: { sex: '0', ethnicity: '2' },
        },
      ],
      unlabeled: 1,
    });
  });

  it('reads folders named after the age', async () => {
    const labels = await read({ '23/a.jpg': '', 'train/7/b.webp': '', 'misc/c.jpg': '' });
    expect(labels).toEqual({
      layout: 'one folder per age',
      files: [
        { key: '23/a.jpg', age: exactly(23), split: undefined, groups: {} },
        { key: 'train/7/b.webp', age: exactly(7), split: 'train', groups: {} },
      ],
      unlabeled: 1,
    });
  });

  it('reads accepted feedback records and skips pending, rejected, and damaged ones', async () => {
    const records = (['accepted', 'pending', 'rejected', 'accepted', 'accepted'] as const).map(
      (state, index) => exampleRecord({ state, age: 20 + index, name: String(index).repeat(32) }),
    );
    const objects: Record<string, string | Uint8Array> = Object.fromEntries(
      records.flatMap(({ key, record }): [string, string | Uint8Array][] => [
        [key, formatFeedbackRecord(record)],
        [record.photo.key, 'a photo'],
      ]),
    );
    const torn = { ...objects, [records[4]!.key]: '{' };
    expect(await read(torn)).toEqual({
      layout: 'feedback records',
      files: [0, 3].map((index) => ({
        key: records[index]!.record.photo.key,
        age: exactly(20 + index),
        split: undefined,
        groups: {},
        originalHash: Buffer.from(records[index]!.record.photo.sha256, 'hex').toString('latin1'),
      })),
      unlabeled: 3,
    });
  });

  it('explains what to do if no feedback has been accepted', async () => {
    const { key, record } = exampleRecord({ state: 'pending' });
    await expect(read({ [key]: formatFeedbackRecord(record) })).rejects.toThrow(
      /no feedback in \/memory has been accepted: run npm run feedback -- list, then accept/,
    );
  });

  it('keeps to the age folders if only a few files have UTKFace names', async () => {
    const labels = await read({ '23/a.jpg': '', '23/1_0_0_b.jpg': '', '24/c.jpg': '' });
    expect(labels.files.map(({ age }) => age)).toEqual([23, 23, 24].map(exactly));
  });

  it('ignores implausible ages', async () => {
    const labels = await read({ '131/a.jpg': '', '9/b.jpg': '' });
    expect(labels.files.map(({ age }) => age)).toEqual([exactly(9)]);
  });

  it('explains what to do if there are no labels', async () => {
    await expect(read({ 'a.jpg': '', 'b.txt': '' })).rejects.toThrow(
      /\/memory has 1 photos but no labels: add labels\.csv .* or sort them into folders/,
    );
    await expect(read({ 'labels.csv': 'file,age\n' })).rejects.toThrow(/has no rows/);
  });
});
