import { whole } from './format.ts';
import type { MetricsFile } from './metrics-file.ts';

/** Says in sentences which labeled photos are in no figure; empty if all were answered. */
export function leftOutText({ photos, unreadable, noFace }: MetricsFile['dataset']): string {
  if (unreadable + noFace === 0) return '';
  const all = whole(photos + unreadable + noFace);
  const parts = [
    ...(noFace > 0 ? [`no face was found in ${whole(noFace)} of ${all} photos`] : []),
    ...(unreadable > 0 ? [`${whole(unreadable)} of ${all} photos could not be read`] : []),
  ];
  const sentence = parts.join(', and ');
  return `${sentence[0]!.toUpperCase()}${sentence.slice(1)}; all figures are over the other ${whole(photos)}.`;
}
