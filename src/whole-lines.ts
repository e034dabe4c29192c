import type { Readable } from 'node:stream';

/** What a line may hold; the rest of it is dropped, so that output without an end of line fills no memory. */
const LINE_MAX_CHARACTERS = 65_536;

/** Calls back with each line of a stream once it is whole, and at the end with what is left. */
export function onWholeLines(stream: Readable, onLine: (line: string) => void): void {
  let pending = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const [first, ...others] = text.split(/\r\n|\n|\r/);
    pending = grown(pending, first!);
    for (const line of others) {
      onLine(pending);
      pending = grown('', line);
    }
  });
  stream.on('end', () => {
    if (pending !== '') onLine(pending);
    pending = '';
  });
}

function grown(pending: string, more: string): string {
  return (pending + more).slice(0, LINE_MAX_CHARACTERS);
}
