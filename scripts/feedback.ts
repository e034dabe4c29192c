import { z } from 'zod';
import {
  decideFeedback,
  type DecisionOptions,
  listFeedback,
  deleteFeedback,
  purgeFeedback,
  readSettings,
  showFeedback,
} from '../src/cli/feedback.ts';
import { runCommand, type Outcome } from '../src/cli/registry-command.ts';
import { parseOptions } from '../src/common/parse-options.ts';
import { feedbackStates } from '../src/registry/feedback/feedback-record.ts';

const usage = `Usage: npm run feedback -- [ACTION] [options]
  list                    every photo with a true age (the default)
  show NAME               all that is known of one
  accept NAME…            has photos trained on
  reject NAME…            has them not trained on
  delete NAME…            removes photos and records for good
  purge                   removes what is too old, and what was left by writes that were cut short

  --state STATE   of list: ${feedbackStates.join(', ')}
  --photo FILE    of show: where the photo is written
  --all-pending   of accept and reject: all that nobody has decided about
  --days N        of purge: how old is too old, 0 for never (default: FEEDBACK_RETENTION_DAYS)
  --dry-run       of purge: only say what would go
  --store PLACE   a folder or s3://bucket/prefix (default: FEEDBACK_STORE)
  --json          print a JSON document
NAME is the first half of an id, as list shows it, or the id.`;

const options = {
  state: { type: 'string' },
  photo: { type: 'string' },
  'all-pending': { type: 'boolean', default: false },
  days: { type: 'string' },
  'dry-run': { type: 'boolean', default: false },
  store: { type: 'string' },
} as const;

const valuesSchema = z.object({
  state: z.enum(feedbackStates).optional(),
  photo: z.string().min(1).optional(),
  'all-pending': z.boolean(),
  days: z.coerce.number('give a number').min(0).optional(),
  'dry-run': z.boolean(),
  store: z.string().min(1).optional(),
});

await runCommand(usage, options, async ({ values, positionals }): Promise<Outcome> => {
  const decisionOptions = parseOptions(valuesSchema, values);
  const { store, retentionDays } = await readSettings(decisionOptions.store);
  const [action = 'list', ...given] = positionals;
  switch (action) {
    case 'list':
      return listFeedback(store, decisionOptions.state);
    case 'show':
      return showFeedback(store, some(given)[0]!, decisionOptions.photo);
    case 'accept':
      return decideFeedback(store, 'accepted', decisionOf(decisionOptions, given));
    case 'reject':
      return decideFeedback(store, 'rejected', decisionOf(decisionOptions, given));
    case 'delete':
      return deleteFeedback(store, some(given));
    case 'purge':
      return purgeFeedback(store, {
        retentionDays: decisionOptions.days ?? retentionDays,
        dryRun: decisionOptions['dry-run'],
      });
    default:
      throw new Error(`"${action}" is no action\n\n${usage}`);
  }
});

function decisionOf(
  decisionOptions: z.infer<typeof valuesSchema>,
  given: readonly string[],
): DecisionOptions {
  return decisionOptions['all-pending'] ? { allPending: true } : { given: some(given) };
}

/** @throws Error where no record is named */
function some(given: readonly string[]): readonly string[] {
  if (given.length > 0) return given;
  throw new Error('name a photo; npm run feedback -- list shows all');
}
