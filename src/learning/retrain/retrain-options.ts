import type { PhotosOptions } from '../training/batches/open-photos.ts';
import type { RecipeOptions } from '../training/recipe-file.ts';
import type { CheckpointOptions } from '../training/run-training.ts';

/** The photos of a retraining, the alias that it may move, and the files that it writes. */
export interface RetrainOptions
  extends Omit<PhotosOptions, 'tuning'>, RecipeOptions, Pick<CheckpointOptions, 'checkpointEvery'> {
  /** The folder for the state of unfinished runs. */
  work: string;
  /** The model's name. */
  name: string;
  /** The alias of the champion; it moves to the challenger if the gate promotes it. */
  alias: string;
  /** The license of the weights; by default the champion's. */
  license?: string | undefined;
  /** Train even if a version was already trained on exactly these photos. */
  evenIfUnchanged: boolean;
  /** Promote regardless of the gate's decision; the result records this. */
  force: boolean;
  /** Why the promotion is forced. */
  reason?: string | undefined;
  /** A file with the private key that signs the challenger; it is not signed by default. */
  sign?: string | undefined;
  /** A file that reports the progress as JSON. */
  statusFile?: string | undefined;
  /** A file of metrics for the textfile collector of the Prometheus node_exporter. */
  metricsFile?: string | undefined;
  /** Who or what started the run; recorded in the lease, the gate's result and the alias's history. */
  by: string;
}
