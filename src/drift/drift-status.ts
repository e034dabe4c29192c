import type { DriftFeature } from '../registry/drift/reference-histograms.ts';

/** How far the photos of a version have drifted, for people. */
export interface DriftStatus {
  version: number;
  /** Why nothing is compared; null where it is. */
  reason: string | null;
  threshold: number;
  window: {
    photos: number;
    /** Photos that it holds when it is full. */
    size: number;
    /** When its oldest photo was answered. */
    since: Date | null;
  };
  /** As of the last check; none before the window is full. */
  features: Partial<Record<DriftFeature, { psi: number; limit: number | null; drifts: boolean }>>;
  /** The alarm's last time, whichever version answered. */
  raisedAt: Date | null;
}

/** What drifted: told to those who act on it. */
export interface DriftFacts {
  model: string;
  version: number;
  /** The photos compared. */
  windowPhotos: number;
  since: Date;
  features: { feature: DriftFeature; psi: number; limit: number }[];
}
