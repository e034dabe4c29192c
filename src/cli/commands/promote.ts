import type { Command } from 'commander';
import { createCommand, jsonOption, option, printOutcome } from '../command.ts';
import type { MoveOptions } from '../move-alias.ts';
import { addUrl, parsePositive, parseShare, parseVersion } from '../option-values.ts';
import { registryHelp, registryOptions } from '../shared-options.ts';

const moveOptions = [
  option('--expect <version>', 'fail unless the alias points to this version now', {
    parse: parseVersion,
  }),
  option('--reason <text>', "recorded in the alias's history", {
    default: '',
    shownDefault: 'none',
  }),
  option(
    '--wait <url>',
    'wait until the server at this URL serves the version, and fail if it refuses it; may be repeated. With ADMIN_TOKEN set, the server reads the alias at once',
    { parse: addUrl },
  ),
  option('--timeout <seconds>', 'how long to wait for each server', {
    parse: parsePositive,
    default: 120,
  }),
  ...registryOptions,
  jsonOption,
];

/** `face-age promote VERSION`. */
export function promoteCommand(): Command {
  return createCommand(
    'promote',
    'Points an alias to a version. Every server that follows the alias loads the version and swaps without losing a request. ' +
      'With --alias canary the version answers a share of the production traffic, with --alias shadow none of it.',
    [
      option('--weight <share>', 'of a canary: its share of the traffic, from 0 to 1; 0 ends it', {
        parse: parseShare,
      }),
      ...moveOptions,
    ],
  )
    .argument('<version>', 'the version to promote', parseVersion)
    .addHelpText('after', registryHelp)
    .action(async (version: number, _options: unknown, command: Command) => {
      const { moveAlias } = await import('../move-alias.ts');
      const { promote } = await import('../../registry/promotion.ts');
      const options = command.optsWithGlobals<MoveOptions>();
      const outcome = await moveAlias(options, ({ registry }, move) =>
        promote(registry, version, move),
      );
      printOutcome(outcome, options);
    });
}

/** `face-age rollback`. */
export function rollbackCommand(): Command {
  return createCommand(
    'rollback',
    'Points an alias back to its previous version. A server that has kept that version loaded swaps at once.',
    moveOptions,
  )
    .addHelpText('after', registryHelp)
    .action(async (_options: unknown, command: Command) => {
      const { moveAlias } = await import('../move-alias.ts');
      const { rollBack } = await import('../../registry/promotion.ts');
      const options = command.optsWithGlobals<MoveOptions>();
      const outcome = await moveAlias(options, ({ registry }, move) => rollBack(registry, move));
      printOutcome(outcome, options);
    });
}
