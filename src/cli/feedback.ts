import { writeFile } from 'node:fs/promises';
import { readFeedbackConfig, s3OptionsOf } from '../common/config/config.ts';
import { table } from '../common/text-table.ts';
import { recordsOf } from '../registry/feedback/feedback-page.ts';
import {
  nameOfId,
  type FeedbackRecord,
  type FeedbackState,
} from '../registry/feedback/feedback-record.ts';
import { FeedbackStore } from '../registry/feedback/feedback-store.ts';
import { sweepFeedback } from '../registry/feedback/feedback-sweep.ts';
import { openStore } from '../registry/store/open-store.ts';
import { type Outcome } from './registry-command.ts';
import { whoRuns } from '../registry/registry-settings.ts';

/** Where a command works: the store that the service has, or another one. */
export interface FeedbackSettings {
  store: FeedbackStore;
  retentionDays: number;
}

/** @throws ConfigError; Error where no store is named */
export async function readSettings(location: string | undefined): Promise<FeedbackSettings> {
  const config = readFeedbackConfig();
  const named = location ?? config.FEEDBACK_STORE;
  if (named === undefined)
    throw new Error('name the store: --store FOLDER or s3://BUCKET/PREFIX, or set FEEDBACK_STORE');
  const store = await openStore({ location: named, s3: s3OptionsOf(config) });
  return { store: new FeedbackStore(store), retentionDays: config.FEEDBACK_RETENTION_DAYS };
}

/**
 * The record of an id, or of its first half: who has the store at hand needs no secret.
 * @throws Error where there is none
 */
export async function recordOf(store: FeedbackStore, given: string): Promise<FeedbackRecord> {
  const name = /^[0-9a-f]{32}$/.test(given) ? given : nameOfId(given);
  const record = name === undefined ? undefined : await store.find(name);
  if (record !== undefined) return record;
  throw new Error(`${store.location} has no feedback ${given}; npm run feedback -- list shows all`);
}

/** Which records: some by name or id, or all that nobody has decided about. */
export type DecisionOptions = { given: readonly string[] } | { allPending: true };

/** `npm run feedback -- accept|reject`. What was removed meanwhile is left out. */
export async function decideFeedback(
  store: FeedbackStore,
  state: FeedbackState,
  options: DecisionOptions,
): Promise<Outcome> {
  const decision = { by: whoRuns(), at: new Date() };
  const decided: string[] = [];
  for (const name of await namesOf(store, options))
    if ((await store.decide(name, state, decision)) !== undefined) decided.push(name);
  const text = `${state} ${decided.length === 1 ? decided[0]! : `${decided.length} of ${store.location}`}`;
  return { text, data: { state, names: decided } };
}

/** All are looked up before the first is decided. */
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

const header = ['name', 'came', 'state', 'age', 'answered', 'version', 'how', 'source'];

/** `npm run feedback`: every record, or those of a state. */
export async function listFeedback(
  store: FeedbackStore,
  state: FeedbackState | undefined,
): Promise<Outcome> {
  const records: FeedbackRecord[] = [];
  for await (const record of recordsOf(store, await store.listPhotos()))
    if (state === undefined || record.state === state) records.push(record);
  const heading = `${store.location}: ${records.length} ${state ?? 'in all'}`;
  const text =
    records.length === 0 ? heading : `${heading}\n${table([header, ...records.map(rowOf)])}`;
  return { text, data: { store: store.location, records } };
}

/** By its name, not its id: a list ends up in logs and tickets, and an id is the right to delete. */
function rowOf({ id, createdAt, state, age, answer, origin, source }: FeedbackRecord): string[] {
  return [
    nameOfId(id)!,
    createdAt.slice(0, 16).replace('T', ' '),
    state,
    String(age),
    answer.age.mean.toFixed(1),
    String(answer.model.version),
    origin.kind,
    source ?? '-',
  ];
}

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
