import { writeFile } from 'node:fs/promises';
import { readFeedbackConfig, s3OptionsOf } from '../../common/config/config.ts';
import { table } from '../../common/text/text-table.ts';
import { recordsOf } from '../../registry/feedback/feedback-page.ts';
import {
  ageRangeOf,
  type FeedbackRecord,
  type FeedbackState,
} from '../../registry/feedback/feedback-record.ts';
import { nameOfId } from '../../registry/feedback/feedback-keys.ts';
import { FeedbackStore } from '../../registry/feedback/feedback-store.ts';
import { sweepFeedback } from '../../registry/feedback/feedback-sweep.ts';
import { openStore } from '../../registry/store/open-store.ts';
import type { Outcome } from '../command.ts';
import { currentUser } from '../registry-target.ts';

export interface OpenFeedback {
  store: FeedbackStore;
  /** FEEDBACK_RETENTION_DAYS. */
  retentionDays: number;
}

/**
 * Opens the feedback store that is named, by default that of the service.
 * @throws ConfigError; Error where no store is named
 */
export async function openFeedbackStore(location: string | undefined): Promise<OpenFeedback> {
  const config = readFeedbackConfig();
  const named = location ?? config.FEEDBACK_STORE;
  if (named === undefined)
    throw new Error('Name the store: --store FOLDER or s3://BUCKET/PREFIX, or set FEEDBACK_STORE');
  const store = await openStore({ location: named, s3: s3OptionsOf(config) });
  return { store: new FeedbackStore(store), retentionDays: config.FEEDBACK_RETENTION_DAYS };
}

/**
 * Finds a record by its id or the first half of it: whoever can read the store needs no secret.
 * @throws Error where there is none
 */
async function recordOf(store: FeedbackStore, given: string): Promise<FeedbackRecord> {
  const name = /^[0-9a-f]{32}$/.test(given) ? given : nameOfId(given);
  const record = name === undefined ? undefined : await store.find(name);
  if (record !== undefined) return record;
  throw new Error(`${store.location} has no feedback ${given}; npm run feedback -- list shows all`);
}

/** Which records to decide about: those with these names or ids, or all without a decision. */
export type DecisionOptions = { given: readonly string[] } | { allPending: true };

/** `feedback accept` and `feedback reject`. Records that were removed in the meantime are left out. */
export async function decideFeedback(
  store: FeedbackStore,
  state: FeedbackState,
  options: DecisionOptions,
): Promise<Outcome> {
  const decision = { by: currentUser(), at: new Date() };
  const decided: string[] = [];
  for (const name of await namesOf(store, options))
    if ((await store.decide(name, state, decision)) !== undefined) decided.push(name);
  const text = `${state} ${decided.length === 1 ? decided[0]! : `${decided.length} of ${store.location}`}`;
  return { text, data: { state, names: decided } };
}

/** All records are looked up before the first decision is written. */
async function namesOf(store: FeedbackStore, options: DecisionOptions): Promise<string[]> {
  const names: string[] = [];
  if ('given' in options) {
    for (const given of options.given) names.push(nameOfId((await recordOf(store, given)).id)!);
    return names;
  }
  for await (const { id, state } of recordsOf(store, await store.listPhotos()))
    if (state === 'pending') names.push(nameOfId(id)!);
  return names;
}

const header = ['name', 'received', 'state', 'age', 'predicted', 'version', 'origin', 'source'];

/** `feedback list`: every record, or those in one state. */
export async function listFeedback(
  store: FeedbackStore,
  state: FeedbackState | undefined,
): Promise<Outcome> {
  const records: FeedbackRecord[] = [];
  for await (const record of recordsOf(store, await store.listPhotos()))
    if (state === undefined || record.state === state) records.push(record);
  const heading = `${store.location}: ${records.length} ${state ?? 'in total'}`;
  const text =
    records.length === 0 ? heading : `${heading}\n${table([header, ...records.map(rowOf)])}`;
  return { text, data: { store: store.location, records } };
}

/** Shows the name, not the id: a list ends up in logs and tickets, and whoever knows an id may delete the record. */
function rowOf(record: FeedbackRecord): string[] {
  const { id, createdAt, state, answer, origin, source } = record;
  const { minAge, maxAge } = ageRangeOf(record);
  return [
    nameOfId(id)!,
    createdAt.slice(0, 16).replace('T', ' '),
    state,
    minAge === maxAge ? String(minAge) : `${minAge}-${maxAge}`,
    answer.age.mean.toFixed(1),
    String(answer.model.version),
    origin.kind,
    source ?? '-',
  ];
}

/** `feedback delete`: removes photos and records for good. */
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
  return { text: `deleted ${removed.join(', ')} from ${store.location}`, data: { removed } };
}

/** `feedback purge`: removes photos that are too old, and leftovers of interrupted writes. */
export async function purgeFeedback(
  store: FeedbackStore,
  { retentionDays, dryRun }: { retentionDays: number; dryRun: boolean },
): Promise<Outcome> {
  const report = await sweepFeedback(store, { now: new Date(), retentionDays, dryRun });
  const verb = dryRun ? 'would remove' : 'removed';
  const age = retentionDays === 0 ? 'none expires' : `${retentionDays} days old and older`;
  const lines = [
    `${verb} ${report.expired.length} photos (${age}) and ${report.leftovers.length} leftovers in ${store.location}`,
    `${report.photos} photos remain, ${(report.bytes / 1e6).toFixed(1)} MB`,
    ...report.damaged.map((name) => `the record ${name} cannot be read: delete its files manually`),
  ];
  return { text: lines.join('\n'), data: { ...report, retentionDays, dryRun } };
}

/** `feedback show`: everything that is known about one photo, which is written to a file where one is named. */
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
