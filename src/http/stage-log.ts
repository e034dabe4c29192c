import { performance } from 'node:perf_hooks';
import type { Response } from 'express';
import type { PhotoTiming } from '../inference/estimator.ts';
import { localsOf } from './request-locals.ts';

const stages = ['preprocessMs', 'queueMs', 'inferenceMs', 'batchSize'] as const;

/**
 * To be called when the upload is complete: its time goes into the request's line in the log, and what the returned
 * function is told. The photos of a request are answered side by side: the longest time and the largest batch count.
 */
export function logStages(response: Response): (timing: PhotoTiming) => void {
  const { logFields, startedAtMs } = localsOf(response);
  logFields.uploadMs = round(performance.now() - startedAtMs);
  return (timing) => {
    for (const stage of stages) {
      logFields[stage] = Math.max(round(timing[stage]), Number(logFields[stage] ?? 0));
    }
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
