import { z } from 'zod';

const fraction = z.number().gt(0).lt(1);

/** The network answers with a distribution over whole years. */
export const ageDistributionHeadSchema = z.strictObject({
  kind: z.literal('age-distribution'),
  minAge: z.int().min(0),
  maxAge: z.int().max(150),
  temperature: z.number().positive(),
  interval: z.strictObject({
    level: fraction.default(0.8),
    lowQuantile: fraction,
    highQuantile: fraction,
  }),
});

/** Ages `min` to `max`, both included. */
export const bucketSchema = z.strictObject({
  label: z.string().min(1),
  min: z.int().min(0),
  max: z.int(),
});

/** The network answers with a probability per bucket. */
export const bucketsHeadSchema = z.strictObject({
  kind: z.literal('buckets'),
  buckets: z.array(bucketSchema).min(2),
});

export const ageHeadSchema = z.discriminatedUnion('kind', [
  ageDistributionHeadSchema,
  bucketsHeadSchema,
]);

export type Bucket = z.infer<typeof bucketSchema>;
export type AgeHeadSpec = z.infer<typeof ageHeadSchema>;
