import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { drawFaceJpeg } from '../../src/drawing/draw-face.ts';
import {
  predictAnswerSchema,
  type PredictAnswer,
  type Prediction,
} from '../../src/serving/predict/answer.ts';
import { startService } from '../support/service-process.ts';

const pages = [
  { page: 'README.md', precision: 'int8' },
  { page: 'docs/precision.md', precision: 'fp32' },
] as const;

function predictionOf({ predictions: [first] }: PredictAnswer): Prediction {
  return first as Prediction;
}

describe.each(pages)('the curl of $page, in $precision', ({ page, precision }) => {
  const text = readFileSync(new URL(`../../${page}`, import.meta.url), 'utf8');
  const service = startService({ ENGINE: 'onnxruntime', PRECISION: precision });
  afterAll(() => service.child.kill('SIGKILL'));

  it('is answered as it shows', async () => {
    const shown = predictAnswerSchema.parse(JSON.parse(/```json\n([^]*?)```/.exec(text)![1]!));
    const { address } = await service.untilLogged('listening');
    await service.untilLogged('model serves');
    const form = new FormData();
    form.append('image', new Blob([drawFaceJpeg({ age: 34, seed: 1 })]), 'face.jpg');
    const url = `${String(address)}/v1/predict?atLeast=18`;
    const response = await fetch(url, { method: 'POST', body: form });
    const given = predictAnswerSchema.parse(await response.json());
    expect(given.model).toEqual(shown.model);
    const [actual, expected] = [predictionOf(given), predictionOf(shown)];
    expect(actual.age.mean).toBeCloseTo(expected.age.mean, 1);
    expect(actual.buckets.map(({ label }) => label)).toEqual(
      expected.buckets.map(({ label }) => label),
    );
    actual.buckets.forEach(({ probability }, index) =>
      expect(probability).toBeCloseTo(expected.buckets[index]!.probability, 3),
    );
    expect(actual.atLeast[0]!.decision).toBe(expected.atLeast[0]!.decision);
  });
});
