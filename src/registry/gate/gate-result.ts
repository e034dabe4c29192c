import { z } from 'zod';
import { engineNames } from '../../inference/engine/engine.ts';
import { NAME_PATTERN } from '../names.ts';

export const GATE_SCHEMA_VERSION = 1;

/** Ids of gate results. They become file names, and sort by time if they start with one. */
export const GATE_ID_PATTERN = NAME_PATTERN;

const share = z.number().min(0).max(1);
const count = z.int().min(0);
const version = z.int().positive();

/** The figures by which two versions are compared. */
export const gateFigureNames = [
  'mae',
  'decadeAccuracy',
  'ece',
  'groupAccuracy',
  'worstGroupMae',
  'falsePositiveRate',
  'latency',
] as const;

/** One version's figures on the set. */
const figuresSchema = z.strictObject({
  /** Mean absolute error of the mean age, years. This and the next two are null if no label is an exact age. */
  mae: z.number().min(0).nullable(),
  /** Share of the photos whose most probable decade is the true one. */
  decadeAccuracy: share.nullable(),
  /** Expected calibration error of the most probable decade. */
  ece: share.nullable(),
  /** Share of the photos labeled with a range whose answer is that range; null if there are none, as in older results. */
  groupAccuracy: share.nullable().default(null),
  /** The group with the highest MAE (years) among those with enough photos; null if there is none. */
  worstGroup: z
    .strictObject({ name: z.string(), photos: count, mae: z.number().min(0) })
    .nullable(),
  /** Minors whose mean age is 18 or more; null if there is no minor or the version does not distinguish years. */
  falsePositives: z.strictObject({ errors: count, of: count.min(1), rate: share }).nullable(),
  /** Latency of a single photo, decoding included: median and quartiles. */
  latencyMs: z.strictObject({ median: z.number(), low: z.number(), high: z.number() }),
});

/** The comparison of one figure of the challenger with the champion's. */
const comparisonSchema = z.strictObject({
  figure: z.enum(gateFigureNames),
  /**
   * How much worse the challenger is; negative if it is better. In years, as a share, or for the latency as a share of
   * the champion's.
   */
  loss: z.number(),
  /** Bootstrap interval of the loss over the photos that both versions answered. */
  interval: z.strictObject({ low: z.number(), high: z.number() }),
  /** The largest acceptable loss. */
  tolerance: z.number().min(0),
  /**
   * `better`: even the interval's unfavorable end is an improvement; `worse`: even its favorable end is a loss above the
   * tolerance; `doubtful`: the loss is above the tolerance, but may be due to chance; `equal`: anything else.
   */
  verdict: z.enum(['better', 'equal', 'doubtful', 'worse']),
});

/** In how many of the photos that could be read each version found no face. */
const unansweredSchema = z.strictObject({
  of: count,
  champion: count.nullable(),
  challenger: count,
});

/** The thresholds that were applied. */
const thresholdsSchema = z.strictObject({
  /** Confidence level of the bootstrap intervals. */
  confidence: share,
  minPhotos: count,
  minGroupPhotos: count,
  /** The largest share of further photos that the challenger may leave unanswered; older results did not check it. */
  unansweredTolerance: share.default(1),
  /** The largest acceptable loss of each figure. */
  tolerances: z.strictObject({
    mae: z.number().min(0),
    decadeAccuracy: z.number().min(0),
    ece: z.number().min(0),
    /** Older results did not check it. */
    groupAccuracy: z.number().min(0).default(1),
    worstGroupMae: z.number().min(0),
    falsePositiveRate: z.number().min(0),
    latency: z.number().min(0),
  }),
  /** Absolute limits that the challenger must meet: a minimum for accuracies, a maximum for all other figures. */
  bars: z.partialRecord(z.enum(gateFigureNames), z.number()),
});

/** `models/<name>/gates/<id>.json`: the evaluation of a challenger, with reasons. Immutable. */
export const gateResultSchema = z.strictObject({
  schemaVersion: z.literal(GATE_SCHEMA_VERSION),
  id: z.string().regex(GATE_ID_PATTERN),
  createdAt: z.iso.datetime(),
  /** Who or what ran the gate. */
  by: z.string(),
  model: z.string().regex(NAME_PATTERN),
  alias: z.string().regex(NAME_PATTERN),
  /** The version that the alias pointed to; null if there was none. */
  champion: version.nullable(),
  challenger: version,
  set: z.strictObject({
    /** The last part of its location. */
    name: z.string(),
    split: z.string(),
    /** Fingerprint of the split's photos and labels; the same photos give the same fingerprint. */
    fingerprint: z.string(),
    photos: count,
    /** How many of them are labeled with a range of ages; older results do not have it. */
    ranges: count.optional(),
    /** Number of photos that could not be read; they count in no figure. */
    unreadable: count,
    /** Photos in which a version found no face; they count in no figure. Older results do not have it. */
    unanswered: unansweredSchema.optional(),
  }),
  thresholds: thresholdsSchema,
  method: z.strictObject({
    seed: z.int(),
    resamples: count,
    engine: z.enum(engineNames).nullable(),
  }),
  /** Null for a version that was not measured. */
  figures: z.strictObject({
    champion: figuresSchema.nullable(),
    challenger: figuresSchema.nullable(),
  }),
  /** One comparison for each figure that both versions have. */
  comparisons: z.array(comparisonSchema),
  outcome: z.enum(['promote', 'hold', 'refuse']),
  /** The reasons for the outcome, each a sentence with its figure, numbers and threshold. */
  reasons: z.array(z.string()).min(1),
  /** Further remarks for the reader. */
  notes: z.array(z.string()),
  /** What could not be verified, such as that no photo of the set was used in training. */
  unverified: z.array(z.string()),
  /** Set if the challenger was promoted regardless of the outcome. */
  forced: z.strictObject({ by: z.string(), reason: z.string() }).nullable(),
  /** Whether the alias moves to the challenger: the outcome is `promote`, or it was forced. */
  promoted: z.boolean(),
});

export type GateResult = z.infer<typeof gateResultSchema>;
export type GateOutcome = GateResult['outcome'];
export type GateFigureName = (typeof gateFigureNames)[number];
export type GateFigures = z.infer<typeof figuresSchema>;
export type GateComparison = z.infer<typeof comparisonSchema>;
export type GateThresholds = z.infer<typeof thresholdsSchema>;
export type UnansweredPhotos = z.infer<typeof unansweredSchema>;
