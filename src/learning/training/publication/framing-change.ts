import { sameFraming, type Framing } from '../../../registry/framing.ts';

/** How well a version answers its validation photos with a framing. */
export interface FramingFigures {
  framing: Framing;
  /** All validation photos. */
  photos: number;
  /** Those in which a face was found; all where photos are taken as they are sent. */
  answered: number;
  /**
   * Mean absolute error over the answered photos with exact ages, in years; without any, the mean of the years that the
   * means lie outside of the labeled ranges.
   */
  mae: number;
}

/** Evaluates the network of a version on the whole validation photos, with their faces brought into its input in one way. */
export type MeasureFraming = (framing: Framing) => Promise<Omit<FramingFigures, 'framing'>>;

/** A new framing for a version. */
export interface FramingChange {
  framing: Framing;
  /** By default, the framings are not compared. */
  measure?: MeasureFraming | undefined;
}

/** The framing of the version that was refreshed, and of the new one. */
export interface ChangedFraming {
  before: Framing;
  after: Framing;
  /** Figures of both; undefined where they were not compared or are the same framing. */
  measured?: { before: FramingFigures; after: FramingFigures };
}

/** Decides on the framing of a refreshed version: its own unless a change is given, which is measured against it. */
export async function changeFraming(
  before: Framing,
  change: FramingChange | undefined,
): Promise<ChangedFraming> {
  if (change === undefined) return { before, after: before };
  const { framing: after, measure } = change;
  if (measure === undefined || sameFraming(before, after)) return { before, after };
  const figuresOf = async (framing: Framing) => ({ framing, ...(await measure(framing)) });
  return {
    before,
    after,
    measured: { before: await figuresOf(before), after: await figuresOf(after) },
  };
}
