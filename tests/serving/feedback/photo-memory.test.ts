import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { PhotoMemory } from '../../../src/serving/feedback/photo-memory.ts';
import { exampleAnswer } from '../../support/feedback.ts';
import { ManualClock } from '../../support/fakes/manual-clock.ts';

const whole = { crop: undefined, face: undefined, answer: exampleAnswer };
const KEEP_MS = 60_000;
const MAX_BYTES = 50_000;
let clock: ManualClock;
let memory: PhotoMemory;
let text: number[];
beforeEach(() => {
  clock = new ManualClock();
  text = [];
  memory = new PhotoMemory({
    maxBytes: MAX_BYTES,
    keepMs: KEEP_MS,
    clock,
    onBytes: (bytes) => text.push(bytes),
  });
});

const of = (id: string, owner?: string) => ({ id, owner });
const remember = (id: string, length = 9_000) =>
  memory.remember(of(id), { bytes: new Uint8Array(length).fill(7), ...whole });
const isKnown = (id: string) => memory.recall(of(id)) !== undefined;

describe('the memory of answered photos', () => {
  it('gives a photo and its answer back by the id of the prediction', () => {
    remember('a');
    expect(memory.recall(of('a'))).toMatchObject({ answer: exampleAnswer });
    expect(memory.recall(of('a'))!.bytes).toEqual(new Uint8Array(9_000).fill(7));
    expect(memory.recall(of('b'))).toBeUndefined();
  });

  it('stays within its bytes under any number of predictions, and evicts the oldest', () => {
    for (let index = 0; index < 10_000; index++)
      remember(`photo-${index}`, 100 + ((index * 7919) % 20_000));
    expect(text.length).toBeGreaterThan(10_000);
    expect(memory.count).toBeGreaterThan(1);
    expect(isKnown('photo-9999')).toBe(true);
    expect(isKnown('photo-9900')).toBe(false);
    expect(Math.max(...text)).toBeLessThanOrEqual(MAX_BYTES);
    expect(text.at(-1)).toBe(memory.bytes);
  });

  it('holds many tiny photos to the bytes too', () => {
    for (let index = 0; index < 1_000; index++) remember(`photo-${index}`, 1);
    expect(memory.count).toBeLessThanOrEqual(MAX_BYTES / 2_000);
  });

  it('remembers no photo that is larger than all of it, and keeps the others', () => {
    remember('small');
    remember('large', MAX_BYTES);
    expect([isKnown('small'), isKnown('large')]).toEqual([true, false]);
  });

  it('remembers nothing if it has no bytes', () => {
    const none = new PhotoMemory({ maxBytes: 0, keepMs: KEEP_MS, clock });
    none.remember(of('a'), { bytes: new Uint8Array(1), ...whole });
    expect([none.count, none.bytes, clock.pendingTimers]).toEqual([0, 0, 0]);
  });

  it('forgets a photo when it expires, even if no request arrives', async () => {
    remember('a');
    await clock.advance(KEEP_MS / 2);
    remember('b');
    await clock.advance(KEEP_MS / 2 - 1);
    expect(isKnown('a')).toBe(true);
    await clock.advance(1);
    expect([isKnown('a'), isKnown('b'), memory.count]).toEqual([false, true, 1]);
    await clock.advance(KEEP_MS / 2);
    expect([memory.count, memory.bytes, clock.pendingTimers]).toEqual([0, 0, 0]);
  });

  it('counts a photo that is added again under the same id once, and restarts its lifetime', async () => {
    remember('a', 9_000);
    await clock.advance(KEEP_MS - 1);
    remember('a', 5_000);
    await clock.advance(1);
    expect(memory.recall(of('a'))!.bytes).toHaveLength(5_000);
    expect(memory.bytes).toBe(7_000);
  });

  it('holds a copy: a small photo does not keep a large request in memory', () => {
    const request = Buffer.alloc(1_000_000);
    memory.remember(of('a'), { bytes: request.subarray(0, 100), ...whole });
    expect(memory.recall(of('a'))!.bytes.buffer.byteLength).toBe(100);
  });

  it('counts the bytes of a photo once for all its faces, and drops them with the last', () => {
    const bytes = new Uint8Array(20_000);
    for (const face of [0, 1, 2]) memory.remember(of(`group-${face}`), { bytes, ...whole });
    expect(memory.bytes).toBe(20_000 + 3 * 2_000);
    remember('other', 23_000);
    expect([isKnown('group-0'), isKnown('group-1'), isKnown('group-2')]).toEqual([
      false,
      true,
      true,
    ]);
    remember('large', MAX_BYTES - 2_000);
    expect([memory.count, memory.bytes]).toEqual([1, MAX_BYTES]);
    memory.remember(of('again'), { bytes, ...whole });
    expect([memory.count, memory.bytes]).toEqual([1, 22_000]);
  });

  it('stays within its bytes where the faces of one photo fill it', () => {
    const bytes = new Uint8Array(MAX_BYTES - 5_000);
    for (const face of [0, 1, 2, 3]) memory.remember(of(`group-${face}`), { bytes, ...whole });
    expect(Math.max(...text)).toBeLessThanOrEqual(MAX_BYTES);
    expect([memory.count, isKnown('group-3')]).toEqual([2, true]);
  });

  it('clears everything and cancels its timer', () => {
    remember('a');
    remember('b');
    const { bytes } = memory.recall(of('a'))!;
    memory.forget('a', createHash('sha256').update(bytes).digest('hex'));
    expect(isKnown('a')).toBe(false);
    memory.clear();
    expect([memory.count, memory.bytes, clock.pendingTimers]).toEqual([0, 0, 0]);
  });

  it('gives a photo only to its owner, and keeps those of other owners with the same id apart', () => {
    const photo = (level: number) => ({
      bytes: new Uint8Array(100).fill(level),
      ...whole,
    });
    memory.remember(of('same', 'one'), photo(1));
    memory.remember(of('same', 'two'), photo(2));
    expect(memory.recall(of('same', 'one'))!.bytes[0]).toBe(1);
    expect(memory.recall(of('same', 'two'))!.bytes[0]).toBe(2);
    expect(memory.recall(of('same'))).toBeUndefined();
    memory.forget('same', createHash('sha256').update(photo(2).bytes).digest('hex'));
    expect(memory.recall(of('same', 'one'))).toBeDefined();
    expect(memory.recall(of('same', 'two'))).toBeUndefined();
  });
});
