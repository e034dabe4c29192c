import turbo from '@julusian/jpeg-turbo';
import type { GreyPicture } from './grey-picture.ts';
import { countScans, type JpegHeader } from './jpeg-header.ts';

/** Above this sharp's shrink-on-load is cheaper. */
const MAX_PIXELS = 1_050_000;
/** What the event loop can decode itself in about half a millisecond; the rest goes to the thread pool. */
const SYNC_MAX_PIXELS = 1 << 18;
const SYNC_MAX_BYTES = 1 << 17;

/** Whether the first component is Rec. 601 luma that libjpeg-turbo can hand over as it is. */
export function isOrdinaryJpeg(header: JpegHeader): boolean {
  return (
    header.luminanceFirst &&
    header.precision === 8 &&
    header.process !== 'other' &&
    !header.hasIccProfile &&
    header.width * header.height <= MAX_PIXELS
  );
}

/** Shared by the synchronous decodes: valid until the next one. */
const scratch = Buffer.allocUnsafeSlow(SYNC_MAX_PIXELS);

/**
 * Decodes an ordinary JPEG's luma without touching its colours.
 * The answer is valid until the caller next yields to the event loop.
 * @throws Error on any warning of libjpeg's, truncation among them; not every such file is beyond reading.
 */
export function decodeOrdinaryJpeg(
  bytes: Buffer,
  header: JpegHeader,
): GreyPicture | Promise<GreyPicture> {
  const { width, height } = header;
  const options = { format: turbo.FORMAT_GRAY };
  if (isQuick(bytes, header)) {
    return { width, height, grey: turbo.decompressSync(bytes, scratch, options).data };
  }
  const own = Buffer.allocUnsafeSlow(width * height);
  return turbo.decompress(bytes, own, options).then(({ data }) => ({ width, height, grey: data }));
}

function isQuick(bytes: Buffer, header: JpegHeader): boolean {
  return (
    header.process === 'baseline' &&
    bytes.length <= SYNC_MAX_BYTES &&
    header.width * header.height <= SYNC_MAX_PIXELS &&
    countScans(bytes, header, 2) === 1
  );
}
