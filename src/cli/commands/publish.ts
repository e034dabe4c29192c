import { InvalidArgumentError, type Command } from 'commander';
import { createCommand, jsonOption, option, printOutcome } from '../command.ts';
import { parseLocation } from '../option-values.ts';
import { registryTarget, type TargetOptions } from '../registry-target.ts';
import { registryHelp, registryOptions, signOption } from '../shared-options.ts';

/** `face-age publish FOLDER`. */
export function publishCommand(): Command {
  return createCommand(
    'publish',
    'Publishes a version from a folder into the registry. The version is first loaded as a server would load it: checksums, ' +
      'golden samples, warm-up. It keeps its number if that is free, else it gets the next one. No alias moves.',
    [signOption, jsonOption],
  )
    .argument('<folder>', 'the folder of the version, such as models/face-age/2', parseFolder)
    .addHelpText('after', registryHelp)
    .action(async (folder: string, _options: unknown, command: Command) => {
      const { publishFolder } = await import('../publication.ts');
      const options = command.optsWithGlobals<{ sign?: string; json?: boolean }>();
      printOutcome(await publishFolder(folder, registryTarget(options)), options);
    });
}

function parseFolder(text: string): string {
  if (/[\\/]/.test(text)) return text;
  throw new InvalidArgumentError("Give a version's folder, such as models/face-age/2.");
}

type SyncOptions = TargetOptions & { from: string; json?: boolean };

/** `face-age sync`. */
export function syncCommand(): Command {
  return createCommand(
    'sync',
    'Fills a registry from a folder of models: publishes the versions that the registry lacks, under their own numbers, ' +
      'and sets the aliases that it lacks. What is already there does not change.',
    [
      option('--from <location>', 'the models: a folder or s3://bucket/prefix', {
        parse: parseLocation,
        default: 'models',
      }),
      ...registryOptions,
      signOption,
      jsonOption,
    ],
  )
    .addHelpText('after', registryHelp)
    .action(async (_options: unknown, command: Command) => {
      const { syncRegistry } = await import('../publication.ts');
      const options = command.optsWithGlobals<SyncOptions>();
      printOutcome(await syncRegistry(options.from, registryTarget(options)), options);
    });
}
