import type { Command } from 'commander';
import { readSigner } from '../../common/ed25519.ts';
import {
  createCommand,
  createGroup,
  jsonOption,
  option,
  printOutcome,
  type Outcome,
} from '../command.ts';
import { parsePositiveInteger, parseText, parseVersion } from '../option-values.ts';
import { registryTarget, type RegistryTarget, type TargetOptions } from '../registry-target.ts';
import { registryHelp, registryOptions } from '../shared-options.ts';
import { importCommand } from './import.ts';
import { promoteCommand, rollbackCommand } from './promote.ts';
import { publishCommand, syncCommand } from './publish.ts';

const options = [...registryOptions, jsonOption];

/** `face-age models`: everything about the versions in the registry. */
export function modelsCommand(): Command {
  const group = createCommand(
    'models',
    'Lists and manages the versions in the registry.',
    options,
  ).addHelpText('after', registryHelp);
  return createGroup(group, listCommand(), [
    diffCommand(),
    historyCommand(),
    gatesCommand(),
    pruneCommand(),
    signCommand(),
    promoteCommand(),
    rollbackCommand(),
    publishCommand(),
    importCommand(),
    syncCommand(),
  ]);
}

type CommonOptions = TargetOptions & { json?: boolean };

/** Runs on the registry that the options name, and prints the outcome. */
async function onRegistry(
  command: Command,
  work: (target: RegistryTarget) => Promise<Outcome>,
): Promise<void> {
  const given = command.optsWithGlobals<CommonOptions>();
  printOutcome(await work(registryTarget(given)), given);
}

function listCommand(): Command {
  const description = 'Lists every version with its aliases and main metrics (the default).';
  return createCommand('list', description, options).action((_options, command: Command) =>
    onRegistry(command, async (target) => {
      const { listVersions } = await import('../list-versions.ts');
      return listVersions(target);
    }),
  );
}

function historyCommand(): Command {
  const description =
    'Shows which versions an alias has pointed to: since when, set by whom, and why.';
  return createCommand('history', description, options).action((_options, command: Command) =>
    onRegistry(command, async (target) => {
      const { aliasHistory } = await import('../list-versions.ts');
      return aliasHistory(target);
    }),
  );
}

function gatesCommand(): Command {
  const description = 'Lists which versions the gate has compared, and the outcomes.';
  return createCommand('gates', description, options).action((_options, command: Command) =>
    onRegistry(command, async (target) => {
      const { listGates } = await import('../list-versions.ts');
      return listGates(target);
    }),
  );
}

function diffCommand(): Command {
  return createCommand('diff', 'Shows how the manifests of two versions differ.', options)
    .argument('<a>', 'a version', parseVersion)
    .argument('<b>', 'another version', parseVersion)
    .action((a: number, b: number, _options: unknown, command: Command) =>
      onRegistry(command, async (target) => {
        const { diffVersions } = await import('../diff-versions.ts');
        return diffVersions(target, a, b);
      }),
    );
}

function signCommand(): Command {
  return createCommand(
    'sign',
    'Signs the manifest of a version that is in the registry, or replaces its signature.',
    [
      option('--key <file>', 'the Ed25519 private key, in PEM', {
        parse: parseText,
      }).makeOptionMandatory(),
      ...options,
    ],
  )
    .argument('<version>', 'the version', parseVersion)
    .action((version: number, { key }: { key: string }, command: Command) =>
      onRegistry(command, async ({ registry, name }) => {
        await registry.signVersion(name, version, readSigner(key));
        const data = { name, version, registry: registry.location };
        return { text: `signed ${name} ${version} in ${registry.location}`, data };
      }),
    );
}

interface GivenPruneOptions {
  keep?: number;
  detectors: boolean;
  yes: boolean;
  dryRun: boolean;
}

function pruneCommand(): Command {
  return createCommand(
    'prune',
    'Removes old versions: all except the newest and those that are the current or previous version of an alias. ' +
      'With --detectors, removes face detectors that no version of any model names and that are older than a day; asks before each.',
    [
      option('--keep <n>', 'how many of the newest versions to keep', {
        parse: parsePositiveInteger,
      }),
      option('--detectors', 'remove unused face detectors instead of versions', { default: false }),
      option('--yes', 'with --detectors: do not ask', { default: false }),
      option('--dry-run', 'only show what would be removed', { default: false }),
      ...options,
    ],
  ).action(({ keep, detectors, yes, dryRun }: GivenPruneOptions, command: Command) => {
    if (detectors === (keep !== undefined))
      command.error('error: give --keep to remove versions, or --detectors to remove detectors');
    return onRegistry(command, async (target) => {
      if (keep === undefined) {
        const { pruneDetectors } = await import('../prune-detectors.ts');
        return pruneDetectors(target, { yes, dryRun });
      }
      const { pruneVersions } = await import('../diff-versions.ts');
      return pruneVersions(target, { keep, dryRun });
    });
  });
}
