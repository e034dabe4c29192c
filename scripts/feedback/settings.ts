import { readConfig, s3OptionsOf } from '../../src/common/config/config.ts';
import { nameOfId, type FeedbackRecord } from '../../src/registry/feedback/feedback-record.ts';
import { FeedbackStore } from '../../src/registry/feedback/feedback-store.ts';
import { openStore } from '../../src/registry/store/open-store.ts';

/** Where a command works: the store that the service has, or another one. */
export interface FeedbackSettings {
  store: FeedbackStore;
  retentionDays: number;
}

/** @throws ConfigError; Error where no store is named */
export async function readSettings(location: string | undefined): Promise<FeedbackSettings> {
  const config = readConfig();
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
