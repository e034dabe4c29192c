import { z } from 'zod';
import { architectureNames, architectureOf } from '../networks/architectures.ts';

/**
 * The side of the photos in an epoch. The network accepts any side, so early epochs can use smaller photos.
 * @param fullSide the side at which photos are cached, validated, and served
 */
export function sideOfEpoch(
  epoch: number,
  { resolutions, epochs }: Pick<Recipe, 'resolutions' | 'epochs'>,
  fullSide: number,
): number {
  const phase = resolutions.find(({ untilShare }) => epoch < untilShare * epochs);
  return phase?.side ?? fullSide;
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

const negativesSchema = z.object({
  /** Weight of the loss of the second output. */
  weight: z.number().positive().default(0.5),
  /** Share of pictures without a face in an epoch, where there are any; each is used several times if they are few. */
  share: share.default(0.1),
  /** Probability that a face is framed badly on purpose. */
  misframedShare: share.default(0.06),
  /** Probability that a picture without a face is replaced with a drawn one: a texture, a page of marks, or things. */
  textureShare: share.default(0.15),
  /** Probability that a face is replaced with a drawn picture: for runs that have no pictures without faces. */
  drawnShare: share.default(0),
});

const resolutionSchema = z.object({ untilShare: share, side: z.int().min(16) });

const distillationSchema = z.object({
  /** The teacher versions, such as `models/face-age/2`; their outputs are averaged. */
  teachers: z.array(z.string().min(1)).min(1),
  /** Weight of the teachers' output in the target; the label has the remaining weight. */
  weight: share.default(0.5),
});

const settingsSchema = z.object({
  architecture: z.enum(architectureNames).default('residual'),
  /** Settings of the architecture; missing ones take their defaults. */
  network: z.record(z.string(), z.json()).default({}),
  seed: z.int().default(1),
  epochs: z.int().positive().default(30),
  batchSize: z.int().positive().default(128),
  /**
   * Sides of the photos in earlier phases of the run, where smaller photos save time (progressive resizing; Tan and Le,
   * "EfficientNetV2", ICML 2021). After the last phase, photos have their full size.
   */
  resolutions: z.array(resolutionSchema).default([]),
  learningRate: learningRateSchema.prefault({}),
  optimizer: optimizerSchema.prefault({}),
  /** Multiplies the standard deviation of the distribution of ages around an exact label: σ = spread · (1.5 + age / 30). */
  labelSpread: z.number().positive().max(10).default(1),
  /** Weight of the smooth L1 loss of the expected age, relative to the cross-entropy; unused by networks that output decades. */
  expectedAgeWeight: z.number().min(0).default(0.2),
  /** Null disables distillation. */
  distillation: distillationSchema.nullable().default(null),
  /** Weight of a feedback photo in the loss; photos of the dataset have weight 1. */
  feedbackWeight: z.number().positive().max(100).default(1),
  /** Weight in the loss of a photo of which only a range of ages is known, against 1 for an exact age. */
  rangeWeight: z.number().positive().max(100).default(1),
  /**
   * Weight in the target of a range of the distribution that ages within it are expected to have: as common as among all
   * training photos, and a little beyond its edges. 0 leaves open where in the range an age lies.
   */
  rangePriorWeight: share.default(0),
  /** Gives photos of rare ages more weight: their density to the power of minus this, from 0 (none) to 1 (each age counts equally). */
  balance: share.default(0),
  averageDecay: z.number().min(0).lt(1).default(0.998),
  /**
   * The licenses that everything a run is made from may have, such as `["CC BY 4.0", "public domain"]`: data sets, pictures
   * without faces, feedback, teachers and the version that it starts from. Null accepts every license.
   */
  acceptedLicenses: z.array(z.string().min(1).max(200)).min(1).max(100).nullable().default(null),
  /** Null disables augmentation. */
  augment: augmentSchema.nullable().prefault({}),
  /** How the network learns what is no framed face; null for a network without the second output. */
  negatives: negativesSchema.nullable().default(null),
  mixupProbability: share.default(0.3),
  mixupAlpha: z.number().positive().default(0.4),
  /** Early stopping: ends the run after this many epochs without a better validation error; 0 disables it. */
  patience: z.int().min(0).default(0),
});

/** All settings of a training run; stored in the manifest so that the run can be repeated. */
export type Recipe = z.infer<typeof settingsSchema>;

/** The recipe cannot be used; the message has one line per invalid setting. */
export class RecipeError extends Error {
  override readonly name = 'RecipeError';
}

/**
 * Completes a recipe: missing settings take the default of the architecture, or else the general default.
 * @throws RecipeError naming every invalid setting, and where `negatives` and the face output do not come together
 */
export function completeRecipe(document: Readonly<Record<string, unknown>>): Recipe {
  const { architecture } = parse(settingsSchema.pick({ architecture: true }), document);
  const { recipe, settings } = architectureOf(architecture);
  const complete = parse(settingsSchema, { ...recipe, ...document });
  const whole = { ...complete, network: networkSettings(settings, complete.network) };
  requireTrainedFaceOutput(whole);
  return whole;
}

/** Whether the network of a recipe ends each row of its output with the probability that its input is a framed face. */
export function hasFaceOutput({ network }: Pick<Recipe, 'network'>): boolean {
  return network.faceOutput === true;
}

/** @throws RecipeError if the face output would not be trained, or has no layer */
function requireTrainedFaceOutput(recipe: Recipe): void {
  if (hasFaceOutput(recipe) === (recipe.negatives !== null)) return;
  throw new RecipeError(
    hasFaceOutput(recipe)
      ? 'the recipe is invalid:\n"network": {"faceOutput": true} needs "negatives", such as {}, which train that output'
      : 'the recipe is invalid:\n"negatives" need "network": {"faceOutput": true}, which only residual networks have',
  );
}

function networkSettings(settings: z.ZodType, given: unknown): Recipe['network'] {
  return parse(settings, given) as Recipe['network'];
}

function parse<Schema extends z.ZodType>(schema: Schema, document: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(document);
  if (parsed.success) return parsed.data;
  throw new RecipeError(`the recipe is invalid:\n${z.prettifyError(parsed.error)}`);
}
