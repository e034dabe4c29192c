import { ownValue } from '../common/own-value.ts';
import type { DescribedModel } from './described-model.ts';
import type { MetricsFile } from './metrics-file.ts';

/** What the photos judged had to do with the model's making, in a sentence for readers of the figures. */
export function splitRole(
  { dataset, calibratedOn }: DescribedModel,
  judged: MetricsFile['dataset'],
): string {
  const known = [calibratedOn, dataset].find((each) => each?.name === judged.name);
  const role = known && ownValue(known.splits, judged.split);
  return role === undefined
    ? 'As far as the manifest knows, these photos had no part in making the model.'
    : `These photos also served this model's making (${role}): expect somewhat worse figures on others.`;
}
