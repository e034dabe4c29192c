import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { LogTail } from '../../../src/retrain/log-tail.ts';
import { onWholeLines } from '../../../src/retrain/whole-lines.ts';
import { settle } from '../../support/deferred.ts';

describe('a log tail', () => {
  it('keeps the last lines, without colours and empty ones', () => {
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

describe('whole lines', () => {
  async function linesOf(...chunks: (string | Buffer)[]): Promise<string[]> {
    const stream = new PassThrough();
    const lines: string[] = [];
    onWholeLines(stream, (line) => lines.push(line));
    for (const chunk of chunks) stream.write(chunk);
    await settle();
    lines.push('(end)');
    stream.end();
    await settle();
    return lines;
  }

  it('come when they are whole, however they were cut', async () => {
    const e = Buffer.from('é');
    expect(await linesOf('a', 'b\ncd', e.subarray(0, 1), e.subarray(1), '\r\nlast')).toEqual([
      'ab',
      'cdé',
      '(end)',
      'last',
    ]);
  });

  it('take a progress bar as lines', async () => {
    expect(await linesOf('10 %\r20 %\r')).toEqual(['10 %', '20 %', '(end)']);
  });

  it('drop what no line should hold', async () => {
    const [line] = await linesOf('x'.repeat(50_000), 'x'.repeat(50_000), '\n');
    expect(line).toHaveLength(65_536);
  });
});
