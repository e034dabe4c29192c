import type { Config } from '../../src/common/config/config.ts';
import type { RunCourse } from '../../src/retrain/run-course.ts';
import type { StatusFile } from '../../src/retrain/status-file.ts';
import type { Place } from './place.ts';
import type { RetrainWish } from './wish.ts';

/** What the stages of a run work with. */
export interface StageParts {
  wish: RetrainWish;
  config: Config;
  place: Place;
  course: RunCourse;
  status: StatusFile;
  tell: (text: string) => void;
  /** Aborts where the run is to stop, by a person or because it lost the lease. */
  stop: AbortSignal;
  /** Throws where the lease is not held. */
  confirm: () => Promise<void>;
}
