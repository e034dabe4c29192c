import type { Command } from 'commander';
import { feedbackStates, type FeedbackState } from '../../registry/feedback/feedback-record.ts';
import {
  createCommand,
  createGroup,
  jsonOption,
  option,
  printOutcome,
  type Outcome,
} from '../command.ts';
import type * as Feedback from '../feedback/feedback.ts';
import { parseLocation, parseNonNegative, parseText } from '../option-values.ts';

interface CommonOptions {
  store?: string;
  json?: boolean;
}

const options = [
  option('--store <location>', 'a folder or s3://bucket/prefix (default: FEEDBACK_STORE)', {
    parse: parseLocation,
  }),
  jsonOption,
];

/** `face-age feedback`: the photos that clients have sent with a true age. */
export function feedbackCommand(): Command {
  const group = createCommand(
    'feedback',
    'Lists, accepts, rejects and removes feedback: photos with a true age.',
    options,
  ).addHelpText(
    'after',
    '\nA record is named by its id or by the first half of the id, which the list shows.',
  );
  return createGroup(group, listCommand(), [
    showCommand(),
    decideCommand('accept', 'accepted', 'Lets training use photos.'),
    decideCommand('reject', 'rejected', 'Keeps training from using photos.'),
    deleteCommand(),
    purgeCommand(),
    reencodeCommand(),
  ]);
}

/** Works on the store that the options or the settings name, and prints the outcome. */
async function onStore(
  command: Command,
  work: (feedback: typeof Feedback, opened: Feedback.OpenFeedback) => Promise<Outcome>,
): Promise<void> {
  const given = command.optsWithGlobals<CommonOptions>();
  const feedback = await import('../feedback/feedback.ts');
  printOutcome(await work(feedback, await feedback.openFeedbackStore(given.store)), given);
}

function listCommand(): Command {
  return createCommand('list', 'Lists every photo with its true age (the default).', [
    option('--state <state>', 'only those in this state').choices(feedbackStates),
    ...options,
  ]).action(({ state }: { state?: FeedbackState }, command: Command) =>
    onStore(command, (feedback, { store }) => feedback.listFeedback(store, state)),
  );
}

function showCommand(): Command {
  return createCommand('show', 'Shows everything that is known about a photo.', [
    option('--photo <file>', 'write the photo to this file', { parse: parseText }),
    ...options,
  ])
    .argument('<name>', 'a record')
    .action((name: string, { photo }: { photo?: string }, command: Command) =>
      onStore(command, (feedback, { store }) => feedback.showFeedback(store, name, photo)),
    );
}

function decideCommand(name: string, state: FeedbackState, description: string): Command {
  return createCommand(name, description, [
    option('--all-pending', 'every record without a decision', { default: false }),
    ...options,
  ])
    .argument('[names...]', 'records')
    .action((names: string[], { allPending }: { allPending: boolean }, command: Command) => {
      if (!allPending && names.length === 0)
        command.error('error: name a record, or give --all-pending; "feedback list" shows all');
      const chosen = allPending ? ({ allPending } as const) : { given: names };
      return onStore(command, (feedback, { store }) =>
        feedback.decideFeedback(store, state, chosen),
      );
    });
}

function deleteCommand(): Command {
  return createCommand('delete', 'Removes photos and their records for good.', options)
    .argument('<names...>', 'records')
    .action((names: string[], _options: unknown, command: Command) =>
      onStore(command, (feedback, { store }) => feedback.deleteFeedback(store, names)),
    );
}

function purgeCommand(): Command {
  return createCommand(
    'purge',
    'Removes photos that are too old, and the leftovers of writes that were interrupted.',
    [
      option(
        '--days <n>',
        'the age from which photos are removed, 0 for never (default: FEEDBACK_RETENTION_DAYS)',
        { parse: parseNonNegative },
      ),
      option('--dry-run', 'only show what would be removed', { default: false }),
      ...options,
    ],
  ).action(({ days, dryRun }: { days?: number; dryRun: boolean }, command: Command) =>
    onStore(command, (feedback, { store, retentionDays }) =>
      feedback.purgeFeedback(store, { retentionDays: days ?? retentionDays, dryRun }),
    ),
  );
}

function reencodeCommand(): Command {
  return createCommand(
    'reencode',
    'Removes the metadata from photos that 0.1 stored, such as locations; run it again after an interruption.',
    [option('--dry-run', 'only show what would be changed', { default: false }), ...options],
  ).action(({ dryRun }: { dryRun: boolean }, command: Command) =>
    onStore(command, async (_feedback, { store }) =>
      (await import('../feedback/reencode-feedback.ts')).reencodeFeedback(store, { dryRun }),
    ),
  );
}
