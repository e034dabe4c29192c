import { z } from 'zod';
import type { DriftStatus } from '../drift/drift-status.ts';
import { driftFeatures } from '../registry/drift/reference-histograms.ts';

/** How far the photos have drifted, in the answer of `GET /v1/models`. */
export const driftSchema = z.object({
  version: z.int().describe('the version whose photos are watched'),
  reason: z.string().nullable().describe('why nothing is compared'),
  threshold: z.number(),
  window: z.object({
    photos: z.int(),
    size: z.int().describe('photos that the window holds when it is full'),
    since: z.iso.datetime().nullable().describe('when its oldest photo was answered'),
  }),
  features: z
    .partialRecord(
      z.enum(driftFeatures),
      z.object({
        psi: z.number().describe('population stability index, to 4 digits'),
        limit: z.number().nullable().describe('null where it raises no alarm'),
        drifts: z.boolean(),
      }),
    )
    .describe('as of the last check; empty until the window is full'),
  raisedAt: z.iso.datetime().nullable().describe("the alarm's last time"),
});

type DriftAnswer = z.infer<typeof driftSchema>;

export function toDrift(status: DriftStatus | undefined): DriftAnswer | null {
  if (status === undefined) return null;
  const { window, features, raisedAt } = status;
  const rounded = Object.entries(features).map(([feature, { psi, limit, drifts }]) => [
    feature,
    { psi: round(psi), limit: limit === null ? null : round(limit), drifts },
  ]);
  return {
    ...status,
    window: { ...window, since: window.since?.toISOString() ?? null },
    features: Object.fromEntries(rounded) as DriftAnswer['features'],
    raisedAt: raisedAt?.toISOString() ?? null,
  };
}

/** To 4 digits. */
function round(index: number): number {
  return Number(index.toFixed(4));
}
