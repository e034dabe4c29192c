import { exactly, type AgeRange } from '../../../src/learning/dataset/age-range.ts';
import type { EvaluatedPhoto } from '../../../src/learning/evaluation/evaluated-photo.ts';
import { measure, type EvaluationContext } from '../../../src/learning/evaluation/measure.ts';
import type { MetricsFile } from '../../../src/learning/evaluation/metrics-file.ts';
import { createAgeHead } from '../../../src/inference/head/age-head.ts';
import { decadeBuckets } from '../../../src/inference/head/buckets.ts';
import { centralInterval } from '../../../src/inference/head/interval.ts';

const head = createAgeHead(
  {
    kind: 'age-distribution',
    minAge: 0,
    maxAge: 100,
    temperature: 1,
    interval: centralInterval,
  },
  decadeBuckets,
);

/** A photo with the given labeled age, or range of ages, and predicted probabilities by age. */
export function evaluatedPhoto(
  age: number | AgeRange,
  probabilities: Record<number, number>,
  groups: Record<string, string> = {},
): EvaluatedPhoto {
  const output = new Float32Array(101);
  for (const [year, probability] of Object.entries(probabilities))
    output[Number(year)] = probability;
  const label = typeof age === 'number' ? exactly(age) : age;
  return { age: label, groups, estimate: head.interpret(output) };
}

export const exampleContext: EvaluationContext = {
  createdAt: '2026-01-02T03:04:05.000Z',
  model: {
    name: 'face-age',
    version: 7,
    architecture: 'residual',
    head: 'age-distribution',
    engine: 'onnxruntime',
    device: 'cpu',
    precision: 'fp32',
    size: { parameters: 1_234_567, multiplyAccumulates: 89_000_000 },
    faces: 'none',
  },
  dataset: { name: 'faces', split: 'val', unreadable: 0, noFace: 0 },
  buckets: decadeBuckets,
  groupNames: { sex: { '0': 'male', '1': 'female' } },
  history: [],
};

/** A distribution over a year and its neighbors, whose interval contains the year. */
function around(year: number): Record<number, number> {
  if (year === 0 || year === 100) return { [year]: 1 };
  return { [year - 1]: 0.125, [year]: 0.75, [year + 1]: 0.125 };
}

/** Metrics of photos with ages from 0 to 95, each predicted with the given error in years. */
export function exampleMetrics(
  errorYears: (age: number, sex: string) => number = () => 0,
  context: Partial<EvaluationContext> = {},
): MetricsFile {
  const photos = Array.from({ length: 192 }, (_, index) => {
    const [age, sex] = [Math.floor(index / 2), String(index % 2)];
    const predicted = Math.min(100, Math.max(0, age + errorYears(age, sex)));
    return evaluatedPhoto(age, around(predicted), { sex });
  });
  return measure(photos, { ...exampleContext, ...context });
}
