import type { PhotoChoice } from './photo-files.ts';

/** What crops of faces can be arranged to. */
export const arrangementNames = ['groups', 'montages', 'variants', 'shifts'] as const;
export type ArrangementName = (typeof arrangementNames)[number];

/** How many groups, montages or crops are measured by default. */
export const defaultCounts: Readonly<Record<ArrangementName, number>> = {
  groups: 200,
  montages: 50,
  variants: 300,
  shifts: 300,
};

/** What to measure. */
export interface DetectorEvaluation extends PhotoChoice {
  /** The detector's folder; by default that of the detector that ships. */
  folder?: string | undefined;
  /** What the photos, which are then crops of faces, are arranged to; by default each is searched as it is. */
  arrange?: ArrangementName | undefined;
  /** A folder of photos without a face, onto which groups are pasted. */
  backgrounds?: string | undefined;
  /** How many groups, montages or crops are measured; `defaultCounts` by default. */
  count?: number | undefined;
  /** Equal seeds make equal groups and montages. 1 by default. */
  seed?: number | undefined;
}
