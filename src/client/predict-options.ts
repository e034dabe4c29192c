/** The options of a prediction. */
export interface PredictOptions {
  /** Ages to decide about, such as `[18, 21]`. */
  atLeast?: readonly number[];
  /** The probability from which a decision is `yes`, in (0.5, 1]; 0.95 by default. */
  confidence?: number;
  /** Age ranges of the answer: ascending and contiguous, covering at least 0 to 100; the model's own by default. */
  buckets?: readonly (readonly [min: number, max: number])[];
  /**
   * `largest` finds the largest face of the photo; with `none` the photo, or its crop, is the framed face. By default `none`
   * with a crop, else what the service is set to, which is `largest` unless the operator changed it.
   */
  faces?: 'largest' | 'none';
  /**
   * A part of the photo, in pixels, or in fractions if no value is above 1: without `faces` the framed face, with `faces` where
   * faces are searched.
   */
  crop?: 'center' | { x: number; y: number; width: number; height: number };
  /** Extends the crop on each side by this share of its size. */
  margin?: number;
  /** The version or alias that must answer. */
  model?: number | string;
  /** Cancels the request. */
  signal?: AbortSignal;
}

/** The options of `predictFaces`, which always finds all faces. */
export type FacesOptions = Omit<PredictOptions, 'faces'>;

/** The query of `POST /v1/predict`; empty without options. */
export function queryOf(options: FacesOptions & { faces?: 'largest' | 'all' | 'none' }): string {
  const { atLeast, confidence, buckets, faces, crop, margin, model } = options;
  const given: Record<string, string | number | undefined> = {
    atLeast: atLeast === undefined || atLeast.length === 0 ? undefined : atLeast.join(','),
    confidence,
    buckets: buckets?.map(([min, max]) => `${min}-${max}`).join(','),
    faces,
    crop: typeof crop === 'object' ? [crop.x, crop.y, crop.width, crop.height].join(',') : crop,
    margin,
    model,
  };
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined) query.set(name, String(value));
  }
  return query.size === 0 ? '' : `?${query.toString()}`;
}
