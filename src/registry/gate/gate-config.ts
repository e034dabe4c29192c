import { z } from 'zod';
import { type GateThresholds, gateFigureNames } from './gate-result.ts';

const notNegative = z.number().min(0);
const share = notNegative.max(1);

/** Thresholds of the gate, each with its default. A bar without a value is not checked. */
export const gateThresholdsSchema = z.strictObject({
  confidence: share.min(0.5).default(0.95),
  minPhotos: z.int().positive().default(100),
  minGroupPhotos: z.int().positive().default(50),
  unansweredTolerance: share.default(0.01),
  tolerances: z
    .strictObject({
      mae: notNegative.default(0.05),
      decadeAccuracy: share.default(0.01),
      ece: share.default(0.02),
      groupAccuracy: share.default(0.01),
      worstGroupMae: notNegative.default(0.5),
      falsePositiveRate: share.default(0.02),
      latency: notNegative.default(0.25),
    })
    .prefault({}),
  bars: z
    .strictObject({
      mae: notNegative.optional(),
      decadeAccuracy: share.optional(),
      ece: share.optional(),
      groupAccuracy: share.optional(),
      worstGroupMae: notNegative.optional(),
      falsePositiveRate: share.optional(),
      latency: notNegative.optional(),
    })
    .prefault({}),
});

/** The stored thresholds: only those that somebody has set, so that the others follow the defaults. */
export type StoredThresholds = z.input<typeof gateThresholdsSchema>;

/** Every key of the thresholds as commands name it, such as `tolerances.mae`. */
export const thresholdKeys: readonly string[] = [
  ...['confidence', 'minPhotos', 'minGroupPhotos', 'unansweredTolerance'],
  ...gateFigureNames.map((figure) => `tolerances.${figure}`),
  ...gateFigureNames.map((figure) => `bars.${figure}`),
];

const storedSchema = z.custom<StoredThresholds>(
  (value) => gateThresholdsSchema.safeParse(value).success,
  { error: ({ input }) => thresholdFaults(input).join(' ') },
);

/** `<registry>/<model>/gate.json`: the thresholds of a model's gate and their history. */
export const gateConfigSchema = z.object({
  schemaVersion: z.literal(1),
  updatedAt: z.iso.datetime(),
  by: z.string(),
  reason: z.string(),
  thresholds: storedSchema,
  history: z.array(z.looseObject({ updatedAt: z.iso.datetime(), thresholds: z.unknown() })),
});

export type GateConfigFile = z.infer<typeof gateConfigSchema>;

/** The thresholds that a gate applies; the defaults if there is no file. */
export function effectiveThresholds(file: GateConfigFile | undefined): GateThresholds {
  const { bars, ...thresholds } = gateThresholdsSchema.parse(file?.thresholds ?? {});
  return { ...thresholds, bars: withoutUndefined(bars) };
}

function withoutUndefined(value: object) {
  return Object.fromEntries(
    Object.entries(value).filter(([, each]) => each !== undefined),
  ) as GateThresholds['bars'];
}

/** The faults of thresholds, one sentence each; empty if they are valid. */
export function thresholdFaults(thresholds: unknown): string[] {
  const parsed = gateThresholdsSchema.safeParse(thresholds);
  if (parsed.success) return [];
  return parsed.error.issues.map((issue) => {
    const key = issue.path.join('.');
    if (issue.code === 'unrecognized_keys') {
      const keys = issue.keys.map((each) => [...issue.path, each].join('.'));
      return `${keys.join(', ')} is not a threshold; the thresholds are ${thresholdKeys.join(', ')}.`;
    }
    return `${key} must be ${allowedThreshold(key)}; it is ${JSON.stringify(valueAt(thresholds, key))}.`;
  });
}

function allowedThreshold(key: string): string {
  if (key === 'confidence') return 'a number from 0.5 to 1';
  if (key === 'minPhotos' || key === 'minGroupPhotos') return 'a whole number greater than 0';
  if (/^unansweredTolerance$|\.(?:decadeAccuracy|ece|groupAccuracy|falsePositiveRate)$/.test(key))
    return 'a number from 0 to 1';
  return key.includes('.') ? 'a number of at least 0' : 'an object of thresholds';
}

function valueAt(value: unknown, key: string): unknown {
  return key
    .split('.')
    .reduce((node, part) => (node as Readonly<Record<string, unknown>> | undefined)?.[part], value);
}

/** The maximum length of the history; older changes are dropped. */
const HISTORY_MAX = 1000;

/** The new thresholds, and who changes them and why. */
export interface GateConfigChange {
  thresholds: StoredThresholds;
  by: string;
  reason: string;
}

/** The file after a change, with the previous thresholds in its history. */
export function changedGateConfig(
  current: GateConfigFile | undefined,
  { thresholds, by, reason }: GateConfigChange,
): GateConfigFile {
  const updatedAt = new Date().toISOString();
  const changed = { schemaVersion: 1 as const, updatedAt, by, reason, thresholds };
  if (current === undefined) return { ...changed, history: [] };
  const { history, ...latest } = current;
  const event = {
    updatedAt: latest.updatedAt,
    by: latest.by,
    reason: latest.reason,
    thresholds: latest.thresholds,
  };
  return { ...changed, history: [...history, event].slice(-HISTORY_MAX) };
}
