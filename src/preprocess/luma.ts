/**
 * Luma of gamma values by ITU-R BT.601 §2.5.1, rounded: 0.299 R + 0.587 G + 0.114 B in 16-bit fixed point,
 * with the very coefficients of libjpeg and Pillow.
 * @param samples interleaved; one channel is grey already, of three the order is R, G, B
 */
export function rec601Luma(samples: Uint8Array, channels: number): Uint8Array {
  if (channels === 1) return samples;
  const grey = new Uint8Array(samples.length / channels);
  for (let i = 0, at = 0; i < grey.length; i++, at += channels) {
    grey[i] =
      (samples[at]! * 19595 + samples[at + 1]! * 38470 + samples[at + 2]! * 7471 + 32768) >> 16;
  }
  return grey;
}
