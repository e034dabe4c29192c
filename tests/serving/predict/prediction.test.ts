import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAgeHead } from '../../../src/inference/head/age-head.ts';
import { decadeBuckets } from '../../../src/inference/head/buckets.ts';
import { predictionSchema } from '../../../src/serving/predict/answer.ts';
import { parsePredictQuery } from '../../../src/serving/predict/predict-query.ts';
import { toAgeAnswer } from '../../../src/serving/predict/prediction.ts';
import { exampleManifest } from '../../support/models/example-manifest.ts';

const head = createAgeHead(exampleManifest().head, decadeBuckets);
const ageAnswerSchema = predictionSchema.pick({
  bucket: true,
  buckets: true,
  age: true,
  atLeast: true,
});

const output = fc
  .array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 101, maxLength: 101 })
  .filter((values) => values.some((value) => value > 1e-3))
  .map((values) => Float32Array.from(values));

/** Edges as a client may write them: ascending, touching, from 0 to at least 100. */
const edges = fc
  .tuple(
    fc.uniqueArray(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 12 }),
    fc.integer({ min: 100, max: 130 }),
  )
  .map(([starts, end]) => {
    const ascending = [0, ...starts.toSorted((a, b) => a - b)];
    const last = ascending.length - 1;
    return ascending
      .map((start, index) => `${start}-${index === last ? end : ascending[index + 1]! - 1}`)
      .join(',');
  });

describe('an answer', () => {
  it('sums to 1 over any buckets, which agree with the thresholds at their edges', () => {
    fc.assert(
      fc.property(output, edges, (distribution, text) => {
        const { buckets } = parsePredictQuery({ buckets: text });
        const atLeast = buckets!.map(({ min }) => min);
        const answer = toAgeAnswer(head.interpret(distribution), buckets!, {
          atLeast,
          confidence: 0.95,
        });
        expect(ageAnswerSchema.safeParse(answer).error).toBeUndefined();
        const probabilities = answer.buckets.map(({ probability }) => probability);
        expect(Math.abs(probabilities.reduce((sum, p) => sum + p, 0) - 1)).toBeLessThan(1e-6);
        expect(answer.bucket.probability).toBe(Math.max(...probabilities));
        for (const [index, { probability }] of answer.atLeast.entries()) {
          const above = probabilities.slice(index).reduce((sum, p) => sum + p, 0);
          expect(Math.abs(probability - above)).toBeLessThan(2e-5);
        }
      }),
    );
  });
});
