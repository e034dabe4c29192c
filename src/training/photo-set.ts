/** Preprocessed photos, in shared memory so that a worker reads what the main thread filled. */
export interface PhotoSet {
  count: number;
  side: number;
  /** count × side × side grey levels. */
  pixels: Uint8Array;
  /** True ages, as labelled. */
  ages: Uint8Array;
}

export function createPhotoSet(count: number, side: number): PhotoSet {
  return {
    count,
    side,
    pixels: new Uint8Array(new SharedArrayBuffer(count * side * side)),
    ages: new Uint8Array(new SharedArrayBuffer(count)),
  };
}

export function photoAt(photos: PhotoSet, index: number): Uint8Array {
  const length = photos.side * photos.side;
  return photos.pixels.subarray(index * length, (index + 1) * length);
}
