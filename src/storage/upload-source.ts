import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';

/** What is to be stored, by its content or where it lies. */
export type UploadSource = Uint8Array | { file: string };

/** So that a slow upload of content in memory is seen to move. */
const SLICE_BYTES = 65_536;

export function streamOf(source: UploadSource): Readable {
  if (!(source instanceof Uint8Array)) return createReadStream(source.file);
  return Readable.from(slices(source), { objectMode: false });
}

export async function sizeOf(source: UploadSource): Promise<number> {
  return source instanceof Uint8Array ? source.byteLength : (await stat(source.file)).size;
}

function* slices(content: Uint8Array): Generator<Uint8Array> {
  for (let first = 0; first < content.byteLength; first += SLICE_BYTES)
    yield content.subarray(first, first + SLICE_BYTES);
}
