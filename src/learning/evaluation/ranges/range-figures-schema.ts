import { z } from 'zod';
import { bucketSchema } from '../../../inference/head/buckets.ts';

export const share = z.number().min(0).max(1);
export const count = z.int().min(0);
export const intervalSchema = z.object({ low: z.number(), high: z.number() });

/** A bin of a reliability diagram. */
export const reliabilityBinSchema = z.object({
  from: share,
  to: share,
  photos: count.min(1),
  /** Mean probability of the most probable bucket. */
  confidence: share,
  /** Share of the photos whose most probable bucket is the true one. */
  accuracy: share,
  /** The middle 95 % of the accuracies of a calibrated model in this bin. */
  consistency: intervalSchema,
});

export const rangeScoreNames = ['groupAccuracy', 'withinOneGroup'] as const;

/** Figures of photos whose labels are ranges of ages. */
const measuredRangesSchema = z.object({
  count: count.min(1),
  /** Share of the photos whose answer is the labeled range: the most probable group of ages, or the range of the median. */
  groupAccuracy: share,
  /** Share of the photos whose most probable group is the labeled one or adjacent to it; null where ranges overlap. */
  withinOneGroup: share.nullable(),
  /** Expected calibration error of the most probable group; null where ranges overlap. */
  ece: share.nullable(),
  /** As for exact ages. */
  calibratedEce95: share.nullable(),
  /** Bootstrap intervals; null if there are too few photos. */
  intervals: z.partialRecord(z.enum(rangeScoreNames), intervalSchema).nullable(),
});

/** The groups of ages among which the range labels of one data set choose. */
const labelGroupsSchema = z.object({
  /** Null where there is only one data set. */
  source: z.string().nullable(),
  /** In ascending order, gaps between the ranges included; null where ranges overlap. */
  groups: z.array(bucketSchema).min(1).nullable(),
  /** Photos by labeled group (rows) and most probable group (columns). */
  confusion: z.array(z.array(count)),
});

/** The part of metrics.json about photos whose labels are ranges. */
export const rangeFiguresSchema = z.object({
  all: measuredRangesSchema,
  /** By column (`age` is the labeled range) and value. */
  groups: z.record(z.string(), z.record(z.string(), measuredRangesSchema)),
  labelGroups: z.array(labelGroupsSchema).min(1),
  /** Of the most probable group; empty where ranges overlap. */
  reliability: z.array(reliabilityBinSchema),
});

export type RangeFigures = z.infer<typeof rangeFiguresSchema>;
export type MeasuredRanges = z.infer<typeof measuredRangesSchema>;
