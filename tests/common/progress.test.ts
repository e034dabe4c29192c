import { describe, expect, it } from 'vitest';
import { createProgress } from '../../src/common/progress.ts';

function output(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, written, write: (text: string | Uint8Array) => written.push(String(text)) > 0 };
}

describe('createProgress', () => {
  it('writes a plain line every few seconds if there is no terminal', () => {
    let nowMs = 0;
    const out = output(false);
    const progress = createProgress('photos', { output: out, nowMs: () => nowMs });
    progress.update(1, 200);
    nowMs = 5000;
    progress.update(50, 200);
    progress.update(51, 200);
    nowMs = 10_000;
    progress.update(100, 200);
    progress.stop();
    expect(out.written).toEqual(['photos 50/200 (25 %)\n', 'photos 100/200 (50 %)\n']);
  });

  it('writes nothing if there is nothing to do', () => {
    for (const isTTY of [true, false]) {
      const out = output(isTTY);
      createProgress('photos', { output: out }).stop();
      expect(out.written.join('')).toBe('');
    }
  });
});
