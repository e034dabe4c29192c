import { Command } from 'commander';
import {
  type ModelConfig,
  readModelConfig,
  readRemovedThresholds,
} from '../src/common/config/config.ts';
import { messageOf } from '../src/common/errors.ts';
import {
  changeThresholds,
  migratedThresholds,
  parseThresholdChanges,
  type ThresholdChanges,
  thresholdsText,
} from '../src/learning/gate/thresholds.ts';
import { effectiveThresholds, type GateConfigFile } from '../src/registry/gate-config.ts';
import { registryOf } from '../src/registry/open-registry.ts';
import { whoRuns } from '../src/registry/registry-settings.ts';

interface CommonOptions {
  name?: string;
  json?: true;
  reason?: string;
}

function print(model: string, file: GateConfigFile | undefined, { json }: CommonOptions): void {
  const thresholds = effectiveThresholds(file);
  const data = { model, ...file, thresholds, set: file?.thresholds ?? {} };
  console.log(json ? JSON.stringify(data, null, 2) : thresholdsText(model, file));
}

const modelOf = ({ name }: CommonOptions, config: ModelConfig) => name ?? config.MODEL_NAME;

async function show(options: CommonOptions): Promise<void> {
  const config = readModelConfig();
  const model = modelOf(options, config);
  print(model, await registryOf(config).readGateConfig(model), options);
}

async function change(changes: ThresholdChanges, reason: string, options: CommonOptions) {
  const config = readModelConfig();
  const model = modelOf(options, config);
  const context = { registry: registryOf(config), model, by: whoRuns(), reason };
  print(model, await changeThresholds(context, changes), options);
}

async function migrate(options: CommonOptions): Promise<void> {
  const variables = readRemovedThresholds();
  if (variables.length === 0) {
    console.error('No GATE_ threshold is set in the environment, so there is nothing to migrate.');
    return;
  }
  const names = variables.map(([name]) => name).join(', ');
  await change(migratedThresholds(variables), options.reason ?? `migrated from ${names}`, options);
  console.error(`Now remove ${names} from the environment.`);
}

const program = new Command('gate-config').description(
  'Thresholds of the gate, stored in the registry as <model>/gate.json; without that file the defaults apply.',
);
const subcommand = (usage: string, description: string) =>
  program
    .command(usage)
    .description(description)
    .option('--name <name>', 'the model (default: MODEL_NAME, face-age)')
    .option('--json', 'print a JSON document');
subcommand('show', 'print the thresholds and who set them').action(show);
subcommand('set <threshold=value...>', 'change thresholds; the value "default" resets one')
  .requiredOption('--reason <text>', 'why; stored with the change')
  .action((words: string[], options: CommonOptions) =>
    change(parseThresholdChanges(words), options.reason!, options),
  );
subcommand('migrate', "store the thresholds that version 0.1's GATE_ variables set")
  .option('--reason <text>', 'why; stored with the change')
  .action(migrate);

try {
  await program.parseAsync();
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 1;
}
