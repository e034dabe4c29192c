import type { Command } from 'commander';
import { readGateConfig, type GateConfig } from '../../common/config/config.ts';
import { messageOf } from '../../common/errors.ts';
import type { GateOptions } from '../../learning/gate/gate-options.ts';
import type { GateResult } from '../../registry/gate/gate-result.ts';
import { retrainExitCodes } from '../../registry/retrain-record.ts';
import { createCommand, jsonOption, option, stopSignal } from '../command.ts';
import { parseLocation, parseName, parseText, parseVersion } from '../option-values.ts';
import { currentUser } from '../registry-target.ts';
import {
  cacheOption,
  groupsOption,
  registryHelp,
  registryOptions,
  valShareOption,
} from '../shared-options.ts';

const gateOptions = [
  ...registryOptions,
  option(
    '--set <location>',
    'labeled photos, as for train: a folder or s3://bucket/prefix (default: GATE_SET)',
    { parse: parseLocation },
  ),
  option(
    '--split <name>',
    'the photos of the set to evaluate on, or "all" (default: GATE_SPLIT, val)',
    { parse: parseText },
  ),
  valShareOption,
  cacheOption,
  groupsOption,
  option(
    '--id <id>',
    'the id of the result; where a result has this id already, the gate finishes what it decided',
    { parse: parseName },
  ),
  option(
    '--force',
    "promote whatever the outcome; recorded in the result and the alias's history",
    {
      default: false,
    },
  ),
  option('--reason <text>', 'why it is forced', { parse: parseText }),
  jsonOption,
];

const help = `${registryHelp}
\`npx face-age gate-config\` shows and sets the thresholds.

Exit status: 0 promoted, 10 held back, 11 refused, 2 the command line or a setting cannot be used, 130 interrupted,
1 any other failure.`;

/** What the command line asks for. */
export interface GateRequest {
  options: GateOptions;
  config: GateConfig;
  json: boolean;
}

/** What commander parses; what it leaves out comes from the settings. */
interface Given extends Pick<GateOptions, 'valShare' | 'cache' | 'groups' | 'id' | 'reason'> {
  name?: string;
  alias?: string;
  set?: string;
  split?: string;
  force: boolean;
  json?: boolean;
}

/** `face-age gate VERSION`. */
export function gateCommand(
  run: (request: GateRequest) => Promise<void> = runGateCommand,
): Command {
  return createCommand(
    'gate',
    'Compares a published version (the challenger) with the one that an alias points to (the champion), on photos that neither ' +
      'was trained on, both loaded and queried as a server would. Moves the alias if the challenger is better, and stores the ' +
      'result next to the versions.',
    gateOptions,
  )
    .argument('<version>', 'the challenger', parseVersion)
    .addHelpText('after', help)
    .action((challenger: number, given: Given, command: Command) => {
      const config = readGateConfig();
      const options = gateOptionsOf(command, { challenger, config, given });
      return run({ options, config, json: given.json ?? false });
    });
}

function gateOptionsOf(
  command: Command,
  { challenger, config, given }: { challenger: number; config: GateConfig; given: Given },
): GateOptions {
  const { name, alias, set, split, force, reason, valShare, cache, groups, id } = given;
  if (force && reason === undefined)
    command.error('error: --force: needs --reason <text>, which says why');
  if (!force && reason !== undefined) command.error('error: --reason: is only for --force');
  return {
    challenger,
    model: name ?? config.MODEL_NAME,
    alias: alias ?? config.MODEL_ALIAS,
    set: set ?? config.GATE_SET ?? noSet(command),
    split: split ?? config.GATE_SPLIT,
    by: currentUser(),
    ...{ valShare, cache, groups, id, force, reason },
  };
}

function noSet(command: Command): never {
  return command.error('error: --set: give a folder or s3://bucket/prefix, or set GATE_SET');
}

async function runGateCommand({ options, config, json }: GateRequest): Promise<void> {
  const { createProgress } = await import('../../common/progress.ts');
  const { runGate } = await import('../../learning/gate/run-gate.ts');
  const { gateText } = await import('../../learning/gate/gate-text.ts');
  const signal = stopSignal('interrupted: nothing was written');
  const reporter = { log: console.error, progress: createProgress('photos'), signal };
  try {
    const result = await runGate(options, config, reporter);
    console.log(json ? JSON.stringify(result, null, 2) : gateText(result));
    process.exitCode = exitStatusOf(result);
  } catch (error) {
    if (!signal.aborted) throw error;
    console.error(messageOf(error));
    process.exitCode = retrainExitCodes.interrupted;
  }
}

function exitStatusOf({ outcome, promoted }: GateResult): number {
  return retrainExitCodes[promoted ? 'promote' : outcome];
}
