import { expect, it } from 'vitest';
import { Slots } from '../../src/common/slots.ts';

const item = (name: string) => ({ name });

it('holds what was added until it is removed', () => {
  const slots = new Slots<{ name: string }>();
  const [a, b, c] = [item('a'), item('b'), item('c')];
  slots.add(a);
  const second = slots.add(b);
  slots.add(c);
  slots.remove(second);
  expect([...slots]).toEqual([a, c]);
  expect(slots.size).toBe(2);
});

it('reuses a free slot instead of growing', () => {
  const slots = new Slots<{ name: string }>();
  const taken = Array.from({ length: 100 }, () => {
    const slot = slots.add(item('passing'));
    slots.remove(slot);
    return slot;
  });
  expect(new Set(taken).size).toBe(1);
  expect(slots.size).toBe(0);
});

it('allows members to be removed during iteration', () => {
  const slots = new Slots<{ slot: number }>();
  const members = [0, 1, 2].map(() => {
    const member = { slot: -1 };
    member.slot = slots.add(member);
    return member;
  });
  const seen = [];
  for (const member of slots) {
    seen.push(member);
    slots.remove(member.slot);
  }
  expect(seen).toEqual(members);
  expect(slots.size).toBe(0);
});
