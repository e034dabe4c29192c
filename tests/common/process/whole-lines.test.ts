import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { onWholeLines } from '../../../src/common/process/child-process.ts';
import { settle } from '../../support/fakes/deferred.ts';

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

  it('are delivered when complete, however the chunks were cut', async () => {
    const e = Buffer.from('é');
    expect(await linesOf('a', 'b\ncd', e.subarray(0, 1), e.subarray(1), '\r\nlast')).toEqual([
      'ab',
      'cdé',
      '(end)',
      'last',
    ]);
  });

  it('treat updates of a progress bar as lines', async () => {
    expect(await linesOf('10 %\r20 %\r')).toEqual(['10 %', '20 %', '(end)']);
  });

  it('drop the rest of a line that is too long', async () => {
    const [line] = await linesOf('x'.repeat(50_000), 'x'.repeat(50_000), '\n');
    expect(line).toHaveLength(65_536);
  });
});
