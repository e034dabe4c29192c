/** One call of the network, pending until the test answers it. */
export interface HeldCall {
  pixels: Uint8Array;
  count: number;
  /** Answers each image with its own bytes, doubled. */
  answer(): void;
  answerWith(output: Float32Array): void;
  fail(error: Error): void;
}

export const PIXELS = 2;
export const OUTPUTS = 2;

/** The image that encodes a number below 65536, and the row that the network returns for it. */
export const imageOf = (id: number): Uint8Array => Uint8Array.of(id & 0xff, id >> 8);
export const rowOf = (id: number): Float32Array => Float32Array.of(2 * (id & 0xff), 2 * (id >> 8));

/** A network whose calls wait in `calls`, oldest first, for the test to answer. */
export class HeldNetwork {
  readonly calls: HeldCall[] = [];
  /** The sizes of all calls. */
  readonly counts: number[] = [];

  readonly run = (pixels: Uint8Array, count: number): Promise<Float32Array> => {
    this.counts.push(count);
    return new Promise((resolve, reject) => {
      this.calls.push({
        pixels,
        count,
        answer: () => resolve(Float32Array.from(pixels, (pixel) => 2 * pixel)),
        answerWith: resolve,
        fail: reject,
      });
    });
  };

  /** Removes and returns the oldest pending call. */
  next(): HeldCall {
    const call = this.calls.shift();
    if (call === undefined) throw new Error('the network was not called');
    return call;
  }
}
