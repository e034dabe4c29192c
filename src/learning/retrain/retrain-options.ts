import type { PhotosOptions } from '../training/batches/open-photos.ts';
import type { RecipeOptions } from '../training/recipe-file.ts';
import type { CheckpointOptions } from '../training/run-training.ts';

/** What a retraining learns from, which alias it may move, and which files report on it. */
export interface RetrainOptions
  extends Omit<PhotosOptions, 'tuning'>, RecipeOptions, Pick<CheckpointOptions, 'checkpointEvery'> {
  /** The folder that keeps the state of unfinished runs. */
  work: string;
  /** The model's name. */
  name: string;
  /** Its version is the champion; it moves to the challenger that the gate promotes. */
  alias: string;
  /** What the weights may be used for; the license of the champion by default. */
  license?: string | undefined;
  /** Train even where a version was already trained on exactly these photos. */
  evenIfUnchanged: boolean;
  /** Promote whatever the gate decides, which is recorded. */
  force: boolean;
  /** Why it is forced. */
  reason?: string | undefined;
  /** A file that reports the progress as JSON. */
  statusFile?: string | undefined;
  /** A file of metrics for the textfile collector of the Prometheus node_exporter. */
  metricsFile?: string | undefined;
  /** Who or what started the run; recorded in the lease, the gate's result and the alias's history. */
  by: string;
}
