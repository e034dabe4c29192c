import { describe, expect, it } from 'vitest';
import { exactly, type AgeRange } from '../../../src/learning/dataset/age-range.ts';
import {
  summarizeDataset,
  type SummarizedDataset,
} from '../../../src/learning/dataset/dataset-summary.ts';

const nothingFound = { hidden: new Map(), unreadFormats: new Map(), notes: [] };
const emptySet: SummarizedDataset = {
  location: 's3://faces/a',
  layout: 'labels.csv',
  counts: { photos: 0, unlabelled: 0, unreadable: 0, merged: 0, contradictory: 0, inTwoSplits: 0 },
  fingerprint: 'f00',
  photos: [],
  unreadable: [],
  withoutFace: [],
  findings: nothingFound,
};

/** The lines below location and fingerprint. */
function linesOf(dataset: Partial<SummarizedDataset>): string[] {
  return summarizeDataset({ ...emptySet, ...dataset })
    .split('\n')
    .slice(3);
}

function photosOf(labels: readonly { age: AgeRange; groups?: Record<string, string> }[]) {
  return labels.map(({ age, groups = {} }, row) => ({
    ...{ key: `${row}.jpg`, age, groups, row, split: 'train' },
  }));
}

describe('summarizeDataset', () => {
  it('lists the first unreadable photos and counts the rest', () => {
    const unreadable = Array.from({ length: 22 }, (_, index) => ({
      key: `${index}.jpg`,
      reason: 'cut short',
    }));
    const counts = { ...emptySet.counts, photos: 30, unreadable: 22, train: 8 };
    const text = summarizeDataset({ ...emptySet, counts, unreadable });
    expect(text.split('\n').slice(0, 4)).toEqual([
      's3://faces/a, labeled by labels.csv',
      'fingerprint f00',
      'photos 30  unlabelled 0  unreadable 22  merged 0  contradictory 0  inTwoSplits 0  train 8',
      'skipped 0.jpg: cut short',
    ]);
    expect(text).toMatch(/skipped 19\.jpg: cut short\nskipped 2 more$/);
  });

  it('shows the range of the ages, the decades, and how many labels are ranges', () => {
    const ages = [3, 5, 31, 94].map(exactly);
    const ranges = [
      { min: 20, max: 29 },
      { min: 25, max: 34 },
    ];
    const photos = photosOf([...ages, ...ranges].map((age) => ({ age })));
    expect(linesOf({ photos })).toEqual([
      'ages 3 to 94; 2 of 6 labels are ranges',
      'by decade: 0-9 2  20-29 1  30-39 1  90+ 1  across decades 1',
    ]);
    const open = photosOf([{ age: { min: 70, max: 130 } }, { age: exactly(9) }]);
    expect(linesOf({ photos: open })[0]).toBe('ages 9 to 70+; 1 of 2 labels are ranges');
  });

  it('shows groups, but no value that fewer than 20 photos share', () => {
    const sexes = [...Array<string>(30).fill('female'), ...Array<string>(25).fill('male'), 'x'];
    const names = sexes.map((_, index) => `Person ${index}`);
    const photos = photosOf(
      sexes.map((sex, index) => ({ age: exactly(30), groups: { sex, name: names[index]! } })),
    );
    const lines = linesOf({ photos });
    expect(lines).toContain('by sex: female 30  male 25');
    expect(lines.join('\n')).not.toMatch(/Person| x /);
  });

  it('says what was left out and why', () => {
    const findings = {
      hidden: new Map([['.Trash-1000', 3]]),
      unreadFormats: new Map([
        ['bmp', 1],
        ['heic', 24],
      ]),
      notes: ['columns that are ignored, unless --groups names them: email'],
    };
    const unreadable = [{ key: 'a.heic', reason: 'not read' }];
    expect(linesOf({ findings, unreadable })).toEqual([
      '25 photos in formats that are not read: heic 24  bmp 1',
      '1 of these have a label',
      '3 hidden or system files: .Trash-1000 3',
      'columns that are ignored, unless --groups names them: email',
      'skipped a.heic: not read',
    ]);
  });
});
