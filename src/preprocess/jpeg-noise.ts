import turbo from '@julusian/jpeg-turbo';

/**
 * Compresses a grey picture as a JPEG and decodes it again, in place: training photos with the artefacts that
 * uploads have.
 * @param grey side × side grey levels
 * @param quality 1 … 100
 */
export function throughJpeg(grey: Uint8Array, side: number, quality: number): void {
  const format = turbo.FORMAT_GRAY;
  const jpeg = turbo.compressSync(Buffer.from(grey.buffer, grey.byteOffset, grey.length), {
    format,
    width: side,
    height: side,
    subsampling: turbo.SAMP_GRAY,
    quality,
  });
  grey.set(turbo.decompressSync(jpeg, { format }).data);
}
