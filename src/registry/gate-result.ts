import { z } from 'zod';
import { engineNames } from '../inference/engine/engine.ts';
import { NAME_PATTERN } from './names.ts';

export const GATE_SCHEMA_VERSION = 1;

/** Names of gate results; they become file names, and sort by time where they begin with one. */
export const GATE_ID_PATTERN = NAME_PATTERN;

const share = z.number().min(0).max(1);
const count = z.int().min(0);
const version = z.int().positive();

/** What two versions are compared by. */
export const gateFigureNames = [
  'mae',
  'decadeAccuracy',
  'ece',
  'worstGroupMae',
  'falsePositiveRate',
  'latency',
] as const;

/** One version's figures on the set. */
const figuresSchema = z.strictObject({
  /** Mean absolute error of the mean age, years. */
  mae: z.number().min(0),
  /** Share of the photos whose most probable decade is the true one. */
  decadeAccuracy: share,
  /** Expected calibration error of the most probable decade. */
  ece: share,
  /** The group with the highest MAE (years) of those with enough photos; null where no group has. */
  worstGroup: z
    .strictObject({ name: z.string(), photos: count, mae: z.number().min(0) })
    .nullable(),
  /** Minors whose mean age is 18 or more; null where there is no minor or the version tells no years. */
  falsePositives: z.strictObject({ errors: count, of: count.min(1), rate: share }).nullable(),
  /** Of one photo sent alone, decoding included: median and quartiles. */
  latencyMs: z.strictObject({ median: z.number(), low: z.number(), high: z.number() }),
});

/** How the challenger's figure stands to the champion's. */
const comparisonSchema = z.strictObject({
  figure: z.enum(gateFigureNames),
  /**
   * How much worse the challenger is, below 0 where it is better: years, a share, or for the latency a share of the
   * champion's.
   */
  loss: z.number(),
  /** Bootstrap interval of the loss over the photos, which both versions answered. */
  interval: z.strictObject({ low: z.number(), high: z.number() }),
  /** How large a loss may be. */
  tolerance: z.number().min(0),
  /**
   * `better`: even the interval's unfavourable end is an improvement; `worse`: even its favourable end is a loss above
   * the tolerance; `doubtful`: the loss is above it, but chance may have done that; `equal`: anything else.
   */
  verdict: z.enum(['better', 'equal', 'doubtful', 'worse']),
});

/** The settings that decided. */
const thresholdsSchema = z.strictObject({
  /** Of the bootstrap intervals. */
  confidence: share,
  minPhotos: count,
  minGroupPhotos: count,
  /** Largest loss, by figure. */
  tolerances: z.record(z.enum(gateFigureNames), z.number().min(0)),
  /** Bars that the challenger must clear whatever the champion does; the accuracy's is the lowest, others the highest. */
  bars: z.partialRecord(z.enum(gateFigureNames), z.number()),
});

/** `models/<name>/gates/<id>.json`: how a challenger was judged, and why. Never changed. */
export const gateResultSchema = z.strictObject({
  schemaVersion: z.literal(GATE_SCHEMA_VERSION),
  id: z.string().regex(GATE_ID_PATTERN),
  createdAt: z.iso.datetime(),
  /** Who or what asked. */
  by: z.string(),
  model: z.string().regex(NAME_PATTERN),
  alias: z.string().regex(NAME_PATTERN),
  /** The version that the alias stood for; null where it stood for none. */
  champion: version.nullable(),
  challenger: version,
  set: z.strictObject({
    /** The last part of its location. */
    name: z.string(),
    split: z.string(),
    /** Of the split's photos and labels; the same photos give the same. */
    fingerprint: z.string(),
    photos: count,
    /** Photos that could not be read, and count in no figure. */
    unreadable: count,
  }),
  thresholds: thresholdsSchema,
  method: z.strictObject({
    seed: z.int(),
    resamples: count,
    engine: z.enum(engineNames).nullable(),
  }),
  /** Null where a version was not measured. */
  figures: z.strictObject({
    champion: figuresSchema.nullable(),
    challenger: figuresSchema.nullable(),
  }),
  /** Without those figures that one of the two does not have. */
  comparisons: z.array(comparisonSchema),
  outcome: z.enum(['promote', 'hold', 'refuse']),
  /** Why, each a sentence with its figure, numbers and threshold. */
  reasons: z.array(z.string()).min(1),
  /** What else a reader must know. */
  notes: z.array(z.string()),
  /** What could not be made sure of, such as that no photo of the set was trained on. */
  unverified: z.array(z.string()),
  /** Set where the challenger was promoted whatever the outcome. */
  forced: z.strictObject({ by: z.string(), reason: z.string() }).nullable(),
  /** Whether the alias was to move to the challenger: the outcome is `promote`, or it was forced. */
  promoted: z.boolean(),
});

export type GateResult = z.infer<typeof gateResultSchema>;
export type GateOutcome = GateResult['outcome'];
export type GateFigureName = (typeof gateFigureNames)[number];
export type GateFigures = z.infer<typeof figuresSchema>;
export type GateComparison = z.infer<typeof comparisonSchema>;
export type GateThresholds = z.infer<typeof thresholdsSchema>;
