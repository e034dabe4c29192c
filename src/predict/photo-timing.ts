/** How long one photo took in each stage. */
export interface PhotoTiming {
  preprocessMs: number;
  /** Wait for its batch. */
  queueMs: number;
  /** Of the whole batch. */
  inferenceMs: number;
  /** Photos in its batch. */
  batchSize: number;
}
