import { z } from 'zod';

const share = z.number().min(0).max(1);

const networkSchema = z.object({
  stemChannels: z.int().positive().default(16),
  stages: z.array(z.object({ channels: z.int().positive(), blocks: z.int().positive() })).default([
    { channels: 32, blocks: 1 },
    { channels: 48, blocks: 2 },
    { channels: 96, blocks: 2 },
    { channels: 192, blocks: 1 },
  ]),
  dropout: z.number().min(0).lt(1).default(0.3),
});

const learningRateSchema = z.object({
  peak: z.number().positive().default(2e-3),
  warmUpShare: share.default(0.15),
  finalShare: share.default(0.001),
});

const optimizerSchema = z.object({
  weightDecay: z.number().min(0).default(0.05),
  beta1: z.number().min(0).lt(1).default(0.9),
  beta2: z.number().min(0).lt(1).default(0.999),
  epsilon: z.number().positive().default(1e-8),
});

const augmentSchema = z.object({
  maxRotationDegrees: z.number().min(0).default(15),
  minScale: z.number().positive().default(0.88),
  maxScale: z.number().positive().default(1.15),
  maxShift: share.default(0.06),
  maxShear: share.default(0.08),
  maxContrast: share.default(0.3),
  maxBrightness: z.number().min(0).default(30),
  eraseProbability: share.default(0.3),
});

/** Everything that decides a training run; stored in the manifest so that the run can be repeated. */
export const recipeSchema = z.object({
  architecture: z.literal('residual').default('residual'),
  seed: z.int().default(1),
  epochs: z.int().positive().default(30),
  batchSize: z.int().positive().default(64),
  network: networkSchema.prefault({}),
  learningRate: learningRateSchema.prefault({}),
  optimizer: optimizerSchema.prefault({}),
  /** Years of smooth L1 against nats of cross-entropy. */
  expectedAgeWeight: z.number().min(0).default(0.2),
  averageDecay: z.number().min(0).lt(1).default(0.998),
  augment: augmentSchema.prefault({}),
  mixupProbability: share.default(0.3),
  mixupAlpha: z.number().positive().default(0.4),
});

export type Recipe = z.infer<typeof recipeSchema>;
