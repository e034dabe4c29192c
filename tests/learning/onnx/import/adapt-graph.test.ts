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

/** The levels of two photos of at most three channels, of which gray ones are the first values. */
const levels = Float32Array.from({ length: 6 * PIXELS }, (_, at) => ((at * 37) % 19) / 19);

/** What a graph gets for the value of a channel, or of the channel that takes its place. */
type Fed = (value: number, channel: number, all: Float32Array) => number;

/** What the graph answers for a photo, computed apart from it: `inputAt` is the place of a pixel in a channel. */
function expectedRow(
  photo: number,
  inputAt: (pixel: number, channel: number) => number,
  { channels, fed = (value) => value }: { channels: number; fed?: Fed },
): number[] {
  const logits = Array.from({ length: OUTPUTS }, (_, output) => {
    let sum = 0;
    for (let pixel = 0; pixel < PIXELS; pixel++) {
      const first = (photo * PIXELS + pixel) * channels;
      const all = levels.subarray(first, first + channels);
      for (let channel = 0; channel < channels; channel++)
        sum += fed(all[channel]!, channel, all) * weightOf(inputAt(pixel, channel), output);
    }
    return sum;
  });
  const powers = logits.map((logit) => Math.exp(logit));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

interface AnswerOptions {
  channels?: number;
  values?: Float32Array;
}

/** The answers of an adapted graph to both photos together. */
async function answersOf(
  graph: Uint8Array,
  { channels = 1, values = levels.subarray(0, 2 * PIXELS * channels) }: AnswerOptions = {},
): Promise<number[][]> {
  const session = await ort.InferenceSession.create(graph, { intraOpNumThreads: 1 });
  try {
    const input = new ort.Tensor('float32', values, [2, HEIGHT, WIDTH, channels]);
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
      [/^passes RGB/],
    ],
    [
      'color, channels first',
      [null, 3, HEIGHT, WIDTH],
      3,
      (pixel, channel) => channel * PIXELS + pixel,
      [/^passes RGB/, /channels first/],
    ],
    ['no channels', [null, HEIGHT, WIDTH], 1, (pixel) => pixel, [/^reshapes each photo to 3×4$/]],
    ['a row of pixels', [null, PIXELS], 1, (pixel) => pixel, [/^reshapes each photo to 12$/]],
    [
      'a batch of one',
      [1, 3, HEIGHT, WIDTH],
      3,
      (pixel, channel) => channel * PIXELS + pixel,
      [/^passes RGB/, /first$/, /^frees the first dimension/],
    ],
  ])('with %s is fed', async (_what, dims, channels, inputAt, notes) => {
    const size = { width: WIDTH, height: HEIGHT };
    const adapted = adapt({ dims, inputs: PIXELS * channels }, dims.length === 2 ? { size } : {});
    expect(adapted).toMatchObject({ size, channels });
    expect(adapted.notes).toHaveLength(notes.length);
    notes.forEach((note, at) => expect(adapted.notes[at]).toMatch(note));
    const expected = [0, 1].map((photo) => expectedRow(photo, inputAt, { channels }));
    expectClose(await answersOf(adapted.graph, { channels }), expected);
  });

  it('that takes blue first, less a mean of each channel, gets that', async () => {
    const [means, stds] = [[0.4, 0.5, 0.6] as const, [0.2, 0.25, 0.3] as const];
    const color = { dims: [null, 3, HEIGHT, WIDTH], inputs: 3 * PIXELS };
    const { graph, notes } = adapt(color, { colors: { bgr: true, means, stds } });
    expect(notes).toEqual([
      'passes RGB instead of gray levels',
      'reorders RGB to BGR',
      'normalizes each channel by its mean and standard deviation',
      'moves the channels first',
    ]);
    const fed: Fed = (_value, channel, all) =>
      (all[2 - channel]! - means[channel]!) / stds[channel]!;
    const at = (pixel: number, channel: number) => channel * PIXELS + pixel;
    const expected = [0, 1].map((photo) => expectedRow(photo, at, { channels: 3, fed }));
    expectClose(await answersOf(graph, { channels: 3 }), expected);
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
    const gray = levels.subarray(0, 2 * PIXELS).map((level) => Math.round(level * 255));
    // As the engine computes them: (gray / 255 − 0) / (1 / 255), which is not exact.
    const fed = gray.map((level) => Math.fround(Math.fround(level / 255) / Math.fround(1 / 255)));
    const expected = [0, 1].map((photo) =>
      expectedRow(photo, (pixel) => pixel, {
        channels: 1,
        fed: (level) => Math.round(level * 255),
      }),
    );
    expectClose(await answersOf(graph, { values: fed }), expected, 4);
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
    ['gray photos and --bgr', [null, HEIGHT, WIDTH, 1], { colors: { bgr: true } }, /are for color/],
    [
      'whole levels and means',
      [null, HEIGHT, WIDTH, 3],
      { inputType: UINT8, colors: { means: [0, 0, 0], stds: [1, 1, 1] } },
      /--mean and --std have no use/,
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
