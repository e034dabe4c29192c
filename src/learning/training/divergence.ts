import { yearsOutside } from '../dataset/age-range.ts';
import type { PhotoSet } from './batches/photo-set.ts';
import type { Progress } from './checkpoint.ts';
import type { LossAndGradients } from './loss.ts';

/** The weights have grown beyond what numbers can hold, so that no further step can improve them. */
export class TrainingDivergedError extends Error {
  override readonly name = 'TrainingDivergedError';
}

const ADVICE =
  'lower learningRate.peak or raise learningRate.warmUpShare in the recipe, and check the labels of the photos';

/** @throws TrainingDivergedError unless the loss of a step and its gradients are numbers */
export function requireFinite(
  { loss, gradients }: LossAndGradients,
  {
    epochsDone,
    stepsDone,
    learningRate,
  }: Pick<Progress, 'epochsDone' | 'stepsDone'> & { learningRate: number },
): void {
  if (Number.isFinite(loss) && gradients.every(areFinite)) return;
  throw new TrainingDivergedError(
    `training diverged in step ${stepsDone + 1} of epoch ${epochsDone + 1}, at a learning rate of ` +
      `${learningRate.toPrecision(2)}: the loss or its gradients are not finite; ${ADVICE}`,
  );
}

/** In a millisecond for a million values: a sum is not finite where one of its terms is not. */
function areFinite(values: Float32Array): boolean {
  let sum = 0;
  for (const value of values) sum += value;
  return Number.isFinite(sum);
}

/**
 * A warning where a trained network is no better than the same answer to every photo: it has diverged without the loss
 * showing it, or the labels do not fit the photos.
 * @param mae of the network on the validation photos, years
 */
export function learnedNothing(
  mae: number,
  validation: Pick<PhotoSet, 'count' | 'minAges' | 'maxAges'>,
): string | undefined {
  const { age, mae: ofConstant } = bestConstant(validation);
  if (mae < ofConstant) return undefined;
  return (
    `WARNING: the network has learned nothing: its validation MAE of ${mae.toFixed(2)} years is no better than that of the ` +
    `answer ${age} to every photo (${ofConstant.toFixed(2)} years); ${ADVICE}`
  );
}

/** The age that is the best answer if all photos get the same one. */
function bestConstant({ count, minAges, maxAges }: Parameters<typeof learnedNothing>[1]): {
  age: number;
  mae: number;
} {
  let best = { age: 0, mae: Infinity };
  for (let age = 0; age <= 100; age++) {
    let sum = 0;
    for (let photo = 0; photo < count; photo++)
      sum += yearsOutside({ min: minAges[photo]!, max: maxAges[photo]! }, age);
    if (sum / count < best.mae) best = { age, mae: sum / count };
  }
  return best;
}
