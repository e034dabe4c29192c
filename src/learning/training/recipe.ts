import { z } from 'zod';
import { architectureNames, architectureOf } from '../networks/architectures.ts';

/**
 * The side of the photos in an epoch: the network is the same at any of them, so early epochs can be cheap.
 * @param fullSide the side the photos are kept, validated and served at
 */
export function sideOfEpoch(
  epoch: number,
  { resolutions, epochs }: Pick<Recipe, 'resolutions' | 'epochs'>,
  fullSide: number,
): number {
  const part = resolutions.find(({ untilShare }) => epoch < untilShare * epochs);
  return part?.side ?? fullSide;
}

const share = z.number().min(0).max(1);

const learningRateSchema = z.object({
  peak: z.number().positive().default(2e-3),
  warmUpShare: share.default(0.1),
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
  blurProbability: share.default(0.1),
  jpegProbability: share.default(0),
  eraseProbability: share.default(0.3),
});

const resolutionSchema = z.object({ untilShare: share, side: z.int().min(16) });

const distillationSchema = z.object({
  /** Versions that teach, such as `models/face-age/2`; their answers are averaged. */
  teachers: z.array(z.string().min(1)).min(1),
  /** Share of the teachers' answer in the target; the label has the rest. */
  weight: share.default(0.5),
});

const settingsSchema = z.object({
  architecture: z.enum(architectureNames).default('residual'),
  /** Of the architecture; what is not given takes its default. */
  network: z.record(z.string(), z.json()).default({}),
  seed: z.int().default(1),
  epochs: z.int().positive().default(30),
  batchSize: z.int().positive().default(128),
  /**
   * Sides of the photos in earlier parts of the run, smaller being faster (progressive resizing; Tan and Le,
   * "EfficientNetV2", ICML 2021). After the last part photos have their full size.
   */
  resolutions: z.array(resolutionSchema).default([]),
  learningRate: learningRateSchema.prefault({}),
  optimizer: optimizerSchema.prefault({}),
  /** Years of smooth L1 against nats of cross-entropy; of networks that answer with a distribution over ages. */
  expectedAgeWeight: z.number().min(0).default(0.2),
  /** Null learns from the labels alone. */
  distillation: distillationSchema.nullable().default(null),
  /** How much a photo of feedback counts, against 1 for one of the data set. */
  feedbackWeight: z.number().positive().max(100).default(1),
  averageDecay: z.number().min(0).lt(1).default(0.998),
  /** Null shows the photos as they are. */
  augment: augmentSchema.nullable().prefault({}),
  mixupProbability: share.default(0.3),
  mixupAlpha: z.number().positive().default(0.4),
  /** Epochs without a better validation error after which the run ends; 0 goes on to the last. */
  patience: z.int().min(0).default(0),
});

/** Everything that decides a training run; stored in the manifest so that the run can be repeated. */
export type Recipe = z.infer<typeof settingsSchema>;

/** A recipe that cannot be used; the message has a line for each fault. */
export class RecipeError extends Error {
  override readonly name = 'RecipeError';
}

/**
 * Completes a recipe: what it leaves out takes the architecture's preference, else the general default.
 * @throws RecipeError naming every faulty setting
 */
export function completeRecipe(document: Readonly<Record<string, unknown>>): Recipe {
  const { architecture } = parse(settingsSchema.pick({ architecture: true }), document);
  const { recipe, settings } = architectureOf(architecture);
  const complete = parse(settingsSchema, { ...recipe, ...document });
  return { ...complete, network: networkSettings(settings, complete.network) };
}

function networkSettings(settings: z.ZodType, given: unknown): Recipe['network'] {
  return parse(settings, given) as Recipe['network'];
}

function parse<Schema extends z.ZodType>(schema: Schema, document: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(document);
  if (parsed.success) return parsed.data;
  throw new RecipeError(`the recipe cannot be used:\n${z.prettifyError(parsed.error)}`);
}
