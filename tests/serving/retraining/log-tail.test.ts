import { describe, expect, it } from 'vitest';
import { LogTail } from '../../../src/serving/retraining/retrain-run.ts';

describe('a log tail', () => {
  it('keeps the last lines, without colors and empty lines', () => {
    const tail = new LogTail({ maxLines: 2, maxBytes: 1000, maxLineLength: 100 });
    for (const line of ['one', '', '\u001b[31mtwo\u001b[0m', 'three  ']) tail.add(line);
    expect(tail.lines).toEqual(['two', 'three']);
  });

  it('keeps no more bytes than it may, counted in UTF-8', () => {
    const tail = new LogTail({ maxLines: 100, maxBytes: 12, maxLineLength: 100 });
    for (const line of ['aaaa', 'ééé', 'bb']) tail.add(line);
    expect(tail.lines).toEqual(['ééé', 'bb']);
  });

  it('cuts a long line', () => {
    const tail = new LogTail({ maxLines: 2, maxBytes: 1000, maxLineLength: 5 });
    tail.add('abcdefgh');
    expect(tail.lines).toEqual(['abcd…']);
  });
});
