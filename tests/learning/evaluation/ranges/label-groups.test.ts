import { describe, expect, it } from 'vitest';
import { parseAge } from '../../../../src/learning/dataset/age-range.ts';
import { labelGroupsOf } from '../../../../src/learning/evaluation/ranges/label-groups.ts';

const groupsOf = (...labels: string[]) =>
  labelGroupsOf(labels.map((label) => parseAge(label)!))?.map(({ label }) => label);

describe('labelGroupsOf', () => {
  it('returns the distinct ranges in ascending order', () => {
    expect(groupsOf('20-29', '3-9', '0-2', '10-19', '3-9', '30+')).toEqual([
      '0-2',
      '3-9',
      '10-19',
      '20-29',
      '30+',
    ]);
  });

  it('adds a group for each gap, so that an answer outside of every range is wrong', () => {
    expect(groupsOf('20-29', '40-49')).toEqual(['0-19', '20-29', '30-39', '40-49', '50+']);
  });

  it('treats all ranges that end at 100 or later as the same open range', () => {
    expect(groupsOf('0-69', '70-116', '70+')).toEqual(['0-69', '70+']);
  });

  it('has no groups if two ranges overlap', () => {
    expect(groupsOf('20-29', '25-34')).toBeUndefined();
    expect(groupsOf('20-29', '20-34')).toBeUndefined();
  });
});
