import { ServiceError } from '../../common/errors.ts';
import { reencodePhoto } from '../../inference/preprocess/reencode.ts';
import { recordsOf } from '../../registry/feedback/feedback-page.ts';
import type { FeedbackRecord1 } from '../../registry/feedback/feedback-record.ts';
import { nameOfId } from '../../registry/feedback/feedback-keys.ts';
import type { FeedbackStore } from '../../registry/feedback/feedback-store.ts';
import { ObjectUnreadableError } from '../../registry/store/object-store.ts';
import type { Outcome } from '../command.ts';

/** The service stores framed faces at the same size. */
const MAX_SIDE = 1024;
const limits = { maxPixels: 100_000_000, timeoutSeconds: 60 };

/** What happened to each record of schema 1, by name. */
interface ReencodeReport {
  reencoded: string[];
  /** Photos that cannot be read, with the reason; they stay as they are. */
  unreadable: { name: string; reason: string }[];
  /** Records that somebody changed or removed in the meantime. */
  changed: string[];
}

/**
 * `feedback reencode`: encodes the photos of records of schema 1 again, upright and without metadata, and gives the records
 * schema 2. Records of schema 2 are left out, so that a run that was interrupted is resumed by the next one.
 */
export async function reencodeFeedback(
  store: FeedbackStore,
  { dryRun }: { dryRun: boolean },
): Promise<Outcome> {
  const report: ReencodeReport = { reencoded: [], unreadable: [], changed: [] };
  for await (const record of recordsOf(store, await store.listPhotos())) {
    if (record.schemaVersion !== 1) continue;
    const name = nameOfId(record.id)!;
    if (dryRun) report.reencoded.push(name);
    else await reencodeOne(store, { name, record }, report);
  }
  return { text: toText(store, report, dryRun), data: { ...report, dryRun } };
}

async function reencodeOne(
  store: FeedbackStore,
  { name, record }: { name: string; record: FeedbackRecord1 },
  report: ReencodeReport,
): Promise<void> {
  try {
    const file = await store.readPhoto(record);
    const { jpeg, width, height, region } = await reencodePhoto(
      file,
      { maxSide: MAX_SIDE },
      limits,
    );
    const { left: x, top: y, ...size } = region;
    const shown = { width, height, region: { x, y, ...size } };
    const replaced = await store.replacePhoto(record, { jpeg, ...shown });
    (replaced === undefined ? report.changed : report.reencoded).push(name);
  } catch (error) {
    if (!(error instanceof ServiceError || error instanceof ObjectUnreadableError)) throw error;
    report.unreadable.push({ name, reason: error.message });
  }
}

function toText({ location }: FeedbackStore, report: ReencodeReport, dryRun: boolean): string {
  const { reencoded, unreadable, changed } = report;
  const verb = dryRun ? 'would encode' : 'encoded';
  const lines = [`${verb} ${reencoded.length} photos of ${location} again, without metadata`];
  if (changed.length > 0)
    lines.push(`${changed.length} records were changed in the meantime: run the command again`);
  for (const { name, reason } of unreadable)
    lines.push(`the photo of ${name} stays as it is: ${reason}`);
  return lines.join('\n');
}
