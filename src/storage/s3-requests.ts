import type { Readable } from 'node:stream';
import { tooLarge } from './meter.ts';
import type { WriteCondition } from './writable-store.ts';

/** As it is kept and given back: without the quotes, which not every server understands in If-Match. */
export function toStamp(etag = ''): string {
  return etag.replaceAll('"', '');
}

/** A write's condition as S3 wants it. */
export function headersOf(condition: WriteCondition | undefined): {
  IfNoneMatch?: '*';
  IfMatch?: string;
} {
  if (condition === undefined) return {};
  return 'ifAbsent' in condition ? { IfNoneMatch: '*' } : { IfMatch: condition.ifMatch };
}

/** @throws StorageError where there are too many bytes */
export async function gather(body: Readable, maxBytes: number): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
