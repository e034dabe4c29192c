import { describe, expect, it } from 'vitest';
import * as ort from '../../../../src/inference/engine/onnx-runtime.ts';
import { adaptGraph, type AdaptOptions } from '../../../../src/learning/onnx/import/adapt-graph.ts';
import { InvalidModelError } from '../../../../src/learning/onnx/errors.ts';
import {
  FLOAT16,
  foreignGraph,
  UINT8,
  weightOf,
  type ForeignGraph,
} from '../../../support/models/foreign-graph.ts';

const HEIGHT = 3;
const WIDTH = 4;
const PIXELS = HEIGHT * WIDTH;
const OUTPUTS = 5;

/** The gray levels of two photos. */
const levels = Float32Array.from({ length: 2 * PIXELS }, (_, at) => ((at * 37) % 19) / 19);

/** What the graph answers for a photo, computed apart from it: `inputAt` is the place of a pixel in a channel. */
function expectedRow(
  photo: number,
  inputAt: (pixel: number, channel: number) => number,
  { channels, fed = (value) => value }: { channels: number; fed?: (value: number) => number },
): number[] {
  const logits = Array.from({ length: OUTPUTS }, (_, output) => {
    let sum = 0;
    for (let pixel = 0; pixel < PIXELS; pixel++)
      for (let channel = 0; channel < channels; channel++)
        sum += fed(levels[photo * PIXELS + pixel]!) * weightOf(inputAt(pixel, channel), output);
    return sum;
  });
  const powers = logits.map((logit) => Math.exp(logit));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

/** The answers of an adapted graph to both photos together. */
async function answersOf(graph: Uint8Array, values: Float32Array = levels): Promise<number[][]> {
  const session = await ort.InferenceSession.create(graph, { intraOpNumThreads: 1 });
  try {
    const input = new ort.Tensor('float32', values, [2, HEIGHT, WIDTH, 1]);
    const outputs = await session.run({ [session.inputNames[0]!]: input });
    const answers = [...(outputs[session.outputNames[0]!]!.data as Float32Array)];
    return [answers.slice(0, OUTPUTS), answers.slice(OUTPUTS)];
  } finally {
    await session.release();
  }
}

function expectClose(actual: readonly number[][], expected: readonly number[][], digits = 5): void {
  expected.forEach((row, photo) =>
    row.forEach((value, at) => expect(actual[photo]![at]!).toBeCloseTo(value, digits)),
  );
}

const adapt = (graph: Omit<ForeignGraph, 'outputs'>, options: Partial<AdaptOptions> = {}) =>
  adaptGraph(foreignGraph({ ...graph, outputs: OUTPUTS }), { logits: false, ...options });

describe('a graph of others', () => {
  it.each<
    [string, (number | null)[], number, (pixel: number, channel: number) => number, RegExp[]]
  >([
    ['channels last', [null, HEIGHT, WIDTH, 1], 1, (pixel) => pixel, []],
    [
      'channels first',
      [null, 1, HEIGHT, WIDTH],
      1,
      (pixel) => pixel,
      [/^moves the channels first$/],
    ],
    [
      'color, channels last',
      [null, HEIGHT, WIDTH, 3],
      3,
      (pixel, channel) => pixel * 3 + channel,
      [/three channels/],
    ],
    [
      'color, channels first',
      [null, 3, HEIGHT, WIDTH],
      3,
      (pixel, channel) => channel * PIXELS + pixel,
      [/three channels/, /channels first/],
    ],
    ['no channels', [null, HEIGHT, WIDTH], 1, (pixel) => pixel, [/^reshapes each photo to 3×4$/]],
    ['a row of pixels', [null, PIXELS], 1, (pixel) => pixel, [/^reshapes each photo to 12$/]],
    [
      'a batch of one',
      [1, 3, HEIGHT, WIDTH],
      3,
      (pixel, channel) => channel * PIXELS + pixel,
      [/three/, /first$/, /^frees the first dimension/],
    ],
  ])('with %s is fed with gray photos', async (_what, dims, channels, inputAt, notes) => {
    const size = { width: WIDTH, height: HEIGHT };
    const adapted = adapt({ dims, inputs: PIXELS * channels }, dims.length === 2 ? { size } : {});
    expect(adapted.size).toEqual(size);
    expect(adapted.notes).toHaveLength(notes.length);
    notes.forEach((note, at) => expect(adapted.notes[at]).toMatch(note));
    const expected = [0, 1].map((photo) => expectedRow(photo, inputAt, { channels }));
    expectClose(await answersOf(adapted.graph), expected);
  });

  it('that needs no change is not changed', () => {
    const file = foreignGraph({ dims: [null, HEIGHT, WIDTH, 1], inputs: PIXELS, outputs: OUTPUTS });
    expect(adaptGraph(file, { logits: false }).graph).toBe(file);
  });

  it('in 16-bit floats is fed and read in 32 bits', async () => {
    const types = { inputType: FLOAT16, outputType: FLOAT16 };
    const { graph, notes } = adapt({ dims: [null, 1, HEIGHT, WIDTH], inputs: PIXELS, ...types });
    expect(notes).toEqual([
      'moves the channels first',
      'converts the input to 16-bit floats',
      'converts the output output to 32-bit floats',
    ]);
    const expected = [0, 1].map((photo) => expectedRow(photo, (pixel) => pixel, { channels: 1 }));
    expectClose(await answersOf(graph), expected, 2);
  });

  it('of whole gray levels gets them exactly', async () => {
    const { graph, takesLevels } = adapt({
      dims: [null, HEIGHT, WIDTH, 1],
      inputs: PIXELS,
      inputType: UINT8,
    });
    expect(takesLevels).toBe(true);
    const gray = levels.map((level) => Math.round(level * 255));
    // As the engine computes them: (gray / 255 − 0) / (1 / 255), which is not exact.
    const fed = gray.map((level) => Math.fround(Math.fround(level / 255) / Math.fround(1 / 255)));
    const expected = [0, 1].map((photo) =>
      expectedRow(photo, (pixel) => pixel, {
        channels: 1,
        fed: (level) => Math.round(level * 255),
      }),
    );
    expectClose(await answersOf(graph, fed), expected, 4);
  });

  it('that outputs logits gets a softmax where that is asked for', async () => {
    const raw = { dims: [null, HEIGHT, WIDTH, 1], inputs: PIXELS, softmax: false };
    const { graph, notes } = adapt(raw, { logits: true });
    expect(notes).toEqual(['adds a softmax to the output output']);
    const expected = [0, 1].map((photo) => expectedRow(photo, (pixel) => pixel, { channels: 1 }));
    expectClose(await answersOf(graph), expected);
    expect(adapt(raw).notes).toEqual([]);
  });

  it.each<[string, (number | null)[], Partial<AdaptOptions> & { inputType?: number }, RegExp]>([
    [
      'a shape without channels',
      [null, 5, WIDTH, 7],
      {},
      /has the shape \[\?, 5, 4, 7\]; it must be \[n, height, width, channels\]/,
    ],
    ['a row of unknown size', [null, PIXELS], {}, /for rows of pixels, give their --size/],
    ['a fixed batch of several', [8, HEIGHT, WIDTH, 1], {}, /takes exactly 8 photos at a time/],
    [
      'another size',
      [null, HEIGHT, WIDTH, 1],
      { size: { width: 9, height: 9 } },
      /takes photos of 4×3, not of 9×9: leave out --size/,
    ],
    [
      'another type',
      [null, HEIGHT, WIDTH, 1],
      { inputType: 7 },
      /another type than float32, float16 and uint8/,
    ],
  ])(
    'with %s is refused with what to change',
    (_what, dims, { inputType, ...options }, message) => {
      const graph = { dims, inputs: PIXELS, ...(inputType !== undefined && { inputType }) };
      expect(() => adapt(graph, options)).toThrow(InvalidModelError);
      expect(() => adapt(graph, options)).toThrow(message);
    },
  );

  it('is refused if it is none', () => {
    expect(() => adaptGraph(Buffer.from('not a graph'), { logits: false })).toThrow(
      InvalidModelError,
    );
  });
});
