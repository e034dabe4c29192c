import { describe, expect, it } from 'vitest';
import { summarizeDataset } from '../../../src/learning/dataset/open-dataset.ts';

describe('summarizeDataset', () => {
  it('lists the first unreadable photos and counts the rest', () => {
    const unreadable = Array.from({ length: 22 }, (_, index) => ({
      key: `${index}.jpg`,
      reason: 'cut short',
    }));
    const counts = {
      photos: 30,
      unlabelled: 0,
      unreadable: 22,
      merged: 0,
      contradictory: 0,
      inTwoSplits: 0,
      train: 8,
    };
    const text = summarizeDataset({
      location: 's3://faces/a',
      layout: 'labels.csv',
      counts,
      fingerprint: 'f00',
      unreadable,
      withoutFace: [],
    });
    expect(text.split('\n').slice(0, 4)).toEqual([
      's3://faces/a, labeled by labels.csv',
      'fingerprint f00',
      'photos 30  unlabelled 0  unreadable 22  merged 0  contradictory 0  inTwoSplits 0  train 8',
      'skipped 0.jpg: cut short',
    ]);
    expect(text).toMatch(/skipped 19\.jpg: cut short\nskipped 2 more$/);
  });
});
