import { expect, it } from 'vitest';
import { ServiceError } from '../../../src/common/errors.ts';
import { shorten } from '../../../src/common/text/shorten.ts';

it('leaves short texts as they are and ends long ones with an ellipsis', () => {
  expect(shorten('abcd', 4)).toBe('abcd');
  expect(shorten('abcde', 4)).toBe('abc…');
});

it('does not cut a character in two', () => expect(shorten('ab😀cde', 4)).toBe('ab…'));

it('bounds the detail of every error', () => {
  expect(new ServiceError('internal', 'x'.repeat(10_000)).message).toHaveLength(600);
});
