import { z } from 'zod';
import { ServiceError } from '../../common/errors.ts';

/** The ages `min` to `max`, inclusive. */
export const bucketSchema = z.strictObject({
  label: z.string().min(1).max(100),
  min: z.int().min(0).max(150),
  max: z.int().min(0).max(999),
});

/** The buckets of a model. */
export const bucketsSchema = z.array(bucketSchema).min(2).max(151);

export type Bucket = z.infer<typeof bucketSchema>;

/** The oldest age that networks distinguish: labels above it are trained as this age, which thus includes all above. */
export const OLDEST_AGE = 100;

/** One for each age. */
const MAX_BUCKETS = OLDEST_AGE + 1;

/** The end of an open-ended bucket such as `90+`. */
const OPEN_END_AGE = 120;

/** The ten decades 0-9 … 80-89 and 90+. */
export const decadeBuckets: readonly Bucket[] = Array.from({ length: 10 }, (_, decade) =>
  decade === 9
    ? { label: '90+', min: 90, max: OPEN_END_AGE }
    : { label: `${decade * 10}-${decade * 10 + 9}`, min: decade * 10, max: decade * 10 + 9 },
);

/**
 * Parses `0-12,13-17,18-24,25-120`: ascending, contiguous ranges from 0 to at least 100. Labels are as given.
 * @throws ServiceError `invalid_query` that names the first fault
 */
export function parseBucketEdges(text: string): Bucket[] {
  const parts = text.split(',');
  if (parts.length > MAX_BUCKETS) throw invalidBuckets(`at most ${MAX_BUCKETS} ranges`);
  const buckets = parts.map((part) => parseRange(part.trim()));
  const fault = coverageFault(buckets);
  if (fault !== undefined) throw invalidBuckets(fault);
  return buckets;
}

/** Why the buckets do not cover each age from 0 to 100 exactly once; undefined if they do. */
export function coverageFault(buckets: readonly Bucket[]): string | undefined {
  if (buckets.length < 2) return 'at least two buckets are needed';
  if (buckets[0]!.min !== 0) return `the first bucket starts at ${buckets[0]!.min}, not at 0`;
  for (const [index, { label, min, max }] of buckets.entries()) {
    if (max < min) return `${label} ends before it starts`;
    const next = buckets[index + 1];
    if (next !== undefined && next.min !== max + 1) {
      return `${next.label} does not start at ${max + 1}, where ${label} ends`;
    }
  }
  const { label, max } = buckets.at(-1)!;
  return max < OLDEST_AGE ? `the last bucket, ${label}, ends before ${OLDEST_AGE}` : undefined;
}

/** The bucket an age in whole years belongs to; the last one is open-ended. */
export function bucketIndexOf(age: number, buckets: readonly Bucket[]): number {
  const index = buckets.findIndex(({ max }) => age <= max);
  return index === -1 ? buckets.length - 1 : index;
}

function parseRange(text: string): Bucket {
  const match = /^(\d{1,3})-(\d{1,3})$/.exec(text);
  if (match === null) throw invalidBuckets(`"${text.slice(0, 20)}" is not a range such as 18-24`);
  return { label: text, min: Number(match[1]), max: Number(match[2]) };
}

function invalidBuckets(fault: string): ServiceError {
  return new ServiceError(
    'invalid_query',
    `buckets: ${fault}. Give ascending, contiguous ranges from 0 to at least ${OLDEST_AGE}, such as 0-12,13-17,18-24,25-120.`,
  );
}
