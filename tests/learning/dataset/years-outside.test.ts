import { describe, expect, it } from 'vitest';
import {
  meanYearsOutside,
  parseAge,
  yearsOutside,
} from '../../../src/learning/dataset/age-range.ts';

const label = (text: string) => parseAge(text)!;

describe('yearsOutside', () => {
  it('is 0 within a range and the distance to its nearer end elsewhere', () => {
    const distances = [15, 20, 29, 31.5].map((age) => yearsOutside(label('20-29'), age));
    expect(distances).toEqual([5, 0, 0, 2.5]);
  });

  it('is the absolute error of an exact age', () => {
    expect([28, 30, 33].map((age) => yearsOutside(label('30'), age))).toEqual([2, 0, 3]);
  });
});

describe('meanYearsOutside', () => {
  const ranges = [{ label: label('20-29'), age: 35 }];

  it('is the mean absolute error of exact ages, whatever ranges the set also has', () => {
    const exact = [
      { label: label('30'), age: 33 },
      { label: label('40'), age: 39 },
    ];
    expect(meanYearsOutside([...exact, ...ranges])).toBe(2);
  });

  it('is the distance from ranges only without exact ages', () => {
    expect(meanYearsOutside(ranges)).toBe(6);
    expect(meanYearsOutside([])).toBeNaN();
  });
});
