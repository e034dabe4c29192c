import { describe, expect, it } from 'vitest';
import { checkUnreadable, parseUnreadableLimit } from '../../../src/learning/dataset/unreadable.ts';

const unreadable = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ key: `${index}.jpg`, reason: 'cut short' }));

describe('parseUnreadableLimit', () => {
  it('parses counts and percentages only', () => {
    expect(parseUnreadableLimit('12')).toEqual({ count: 12 });
    expect(parseUnreadableLimit('0')).toEqual({ count: 0 });
    expect(parseUnreadableLimit('0.5%')).toEqual({ share: 0.005 });
    for (const text of ['', '-1', '1.5', '101%', 'few', '%'])
      expect(parseUnreadableLimit(text), text).toBeUndefined();
  });
});

describe('checkUnreadable', () => {
  it('allows unreadable photos up to the limit, and any number without a limit', () => {
    expect(() => checkUnreadable(unreadable(2), 100, { count: 2 })).not.toThrow();
    expect(() => checkUnreadable(unreadable(2), 100, { share: 0.02 })).not.toThrow();
    expect(() => checkUnreadable(unreadable(99), 100, undefined)).not.toThrow();
  });

  it('lists the first files if the limit is exceeded and says what to do', () => {
    expect(() => checkUnreadable(unreadable(7), 100, { count: 6 })).toThrow(
      /^7 of 100 photos cannot be read: .*--max-unreadable\n {2}0\.jpg: cut short\n[^]*4\.jpg[^]*and 2 more$/,
    );
    expect(() => checkUnreadable(unreadable(3), 100, { share: 0.02 })).toThrow(/^3 of 100/);
  });

  it('fails if no photo is left', () => {
    expect(() => checkUnreadable(unreadable(3), 3, undefined)).toThrow(/^3 of 3/);
  });
});
