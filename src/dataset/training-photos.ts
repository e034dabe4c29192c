/** The photos that a model's weights were fitted to, by what their files hold. */
export interface TrainingPhotos {
  readonly count: number;
  /** False where photos that are not in the list may have had a part, as those of a parent without one. */
  readonly complete: boolean;
  /** @param contentHash SHA-256 of the photo's file, one character per byte */
  has(contentHash: string): boolean;
}
