import { describe, expect, it } from 'vitest';
import { NearestFile } from '../../../../src/learning/dataset/labels/nearest-file.ts';

const reasonFor = (missing: string, keys: string[], named: string[] = []) =>
  new NearestFile(new Set(keys), new Set([missing, ...named])).reason(missing);

describe('NearestFile', () => {
  it('suggests the same name elsewhere or with another extension, and almost the same name', () => {
    expect(reasonFor('a.jpg', ['men/a.jpg'])).toBe('it does not exist; did you mean men/a.jpg?');
    expect(reasonFor('men/a.jpg', ['men/A.jpeg'])).toMatch(/mean men\/A\.jpeg\?/);
    expect(reasonFor('men/portrait.jpg', ['men/portait.jpg'])).toMatch(/mean men\/portait\.jpg\?/);
    expect(reasonFor('x/a.jpg', ['women/a.jpg', 'y/a.jpg'])).toMatch(/mean y\/a\.jpg\?/);
  });

  it('suggests nothing that is far, hidden, no photo, or in the table', () => {
    const plain = 'it does not exist';
    expect(reasonFor('portrait.jpg', ['landscape.jpg', '.a/portrait.jpg'])).toBe(plain);
    expect(reasonFor('portrait.jpg', ['portrait.txt'])).toBe(plain);
    expect(reasonFor('photo-100.jpg', ['photo-101.jpg'], ['photo-101.jpg'])).toBe(plain);
  });

  it('suggests for the first missing files only', () => {
    const nearest = new NearestFile(new Set(['men/a.jpg']), new Set());
    const reasons = Array.from({ length: 21 }, () => nearest.reason('a.jpg'));
    expect(reasons.filter((reason) => reason.includes('men/a.jpg'))).toHaveLength(20);
  });
});
