import { nameOfId } from '../../src/registry/feedback/feedback-record.ts';
import type { FeedbackStore } from '../../src/registry/feedback/feedback-store.ts';
import { sweepFeedback } from '../../src/registry/feedback/feedback-sweep.ts';
import type { Outcome } from '../registry/command-line.ts';
import { recordOf } from './settings.ts';

/** `npm run feedback -- delete`: photos and records, for good. */
export async function deleteFeedback(
  store: FeedbackStore,
  given: readonly string[],
): Promise<Outcome> {
  const removed: string[] = [];
  for (const each of given) {
    const { id, photo } = await recordOf(store, each);
    const name = nameOfId(id)!;
    await store.remove({ name, key: photo.key });
    removed.push(name);
  }
  return { text: `deleted ${removed.join(', ')} of ${store.location}`, data: { removed } };
}

/** `npm run feedback -- purge`: what is too old, and what was left over. */
export async function purgeFeedback(
  store: FeedbackStore,
  { retentionDays, dryRun }: { retentionDays: number; dryRun: boolean },
): Promise<Outcome> {
  const report = await sweepFeedback(store, { now: new Date(), retentionDays, dryRun });
  const verb = dryRun ? 'would remove' : 'removed';
  const age = retentionDays === 0 ? 'kept for ever' : `${retentionDays} days old and older`;
  const lines = [
    `${verb} ${report.expired.length} photos (${age}) and ${report.leftovers.length} leftovers of ${store.location}`,
    `${report.photos} photos are there, ${(report.bytes / 1e6).toFixed(1)} MB`,
    ...report.damaged.map((name) => `the record ${name} cannot be read: delete its files by hand`),
  ];
  return { text: lines.join('\n'), data: { ...report, retentionDays, dryRun } };
}
