/** Brightness and contrast of a picture, in grey levels 0 … 255. */
export interface GreyStatistics {
  mean: number;
  /** Of the population, not of a sample. */
  std: number;
}

export function greyStatistics(pixels: Uint8Array): GreyStatistics {
  let sum = 0;
  let squares = 0;
  // By index: an iterator over so many pixels takes twice as long.
  let index = pixels.length;
  while (index > 0) {
    index -= 1;
    const level = pixels[index]!;
    sum += level;
    squares += level * level;
  }
  const mean = sum / pixels.length;
  return { mean, std: Math.sqrt(Math.max(0, squares / pixels.length - mean * mean)) };
}
