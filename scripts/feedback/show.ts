import { writeFile } from 'node:fs/promises';
import type { FeedbackStore } from '../../src/registry/feedback/feedback-store.ts';
import type { Outcome } from '../registry/command-line.ts';
import { recordOf } from './settings.ts';

/** `npm run feedback -- show`: all that is known of one photo, which is written to a file where one is named. */
export async function showFeedback(
  store: FeedbackStore,
  given: string,
  photoFile: string | undefined,
): Promise<Outcome> {
  const record = await recordOf(store, given);
  if (photoFile !== undefined) await writeFile(photoFile, await store.readPhoto(record));
  const lines = [`photo ${store.location}/${record.photo.key}`, JSON.stringify(record, null, 2)];
  if (photoFile !== undefined) lines.push(`wrote ${photoFile}`);
  return { text: lines.join('\n'), data: record };
}
