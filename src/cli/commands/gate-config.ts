import type { Command } from 'commander';
import { readRemovedThresholds } from '../../common/config/config.ts';
import type { ThresholdChanges } from '../../learning/gate/thresholds.ts';
import type { GateConfigFile } from '../../registry/gate/gate-config.ts';
import {
  createCommand,
  createGroup,
  jsonOption,
  option,
  printOutcome,
  type Outcome,
} from '../command.ts';
import { parseName, parseText } from '../option-values.ts';
import { currentUser, registryTarget } from '../registry-target.ts';
import { registryHelp } from '../shared-options.ts';

const options = [
  option('--name <name>', 'the model (default: MODEL_NAME, face-age)', { parse: parseName }),
  jsonOption,
];

interface Given {
  name?: string;
  json?: boolean;
  reason?: string;
}

/** `face-age gate-config`: the thresholds of the gate, stored in the registry as `<model>/gate.json`. */
export function gateConfigCommand(): Command {
  const group = createCommand(
    'gate-config',
    'Shows and changes the thresholds of the gate, which the registry stores as <model>/gate.json. ' +
      'Without that file, the defaults apply.',
    options,
  ).addHelpText('after', registryHelp);
  return createGroup(group, showCommand(), [setCommand(), migrateCommand()]);
}

function showCommand(): Command {
  const description = 'Shows the thresholds and who set them (the default).';
  return createCommand('show', description, options).action(
    async (_options: Given, command: Command) => {
      const given = command.optsWithGlobals<Given>();
      const { registry, name } = registryTarget(given);
      printOutcome(await outcomeOf(name, await registry.readGateConfig(name)), given);
    },
  );
}

function setCommand(): Command {
  const reason = option('--reason <text>', 'why; stored with the change', { parse: parseText });
  const description =
    'Changes thresholds, such as tolerances.mae=0.1; the value "default" resets one.';
  return createCommand('set', description, [reason.makeOptionMandatory(), ...options])
    .argument('<threshold=value...>', 'the thresholds to change')
    .action(async (words: string[], _options: Given, command: Command) => {
      const { parseThresholdChanges } = await import('../../learning/gate/thresholds.ts');
      const given = command.optsWithGlobals<Given & { reason: string }>();
      await change(parseThresholdChanges(words), given);
    });
}

function migrateCommand(): Command {
  const reason = option('--reason <text>', 'why; stored with the change', { parse: parseText });
  const description = 'Stores the thresholds that the GATE_… variables of version 0.1 set.';
  return createCommand('migrate', description, [reason, ...options]).action(
    async (_options: Given, command: Command) => {
      const variables = readRemovedThresholds();
      if (variables.length === 0) {
        console.error(
          'No GATE_… threshold is set in the environment. There is nothing to migrate.',
        );
        return;
      }
      const { migratedThresholds } = await import('../../learning/gate/thresholds.ts');
      const names = variables.map(([name]) => name).join(', ');
      const given = command.optsWithGlobals<Given>();
      const why = given.reason ?? `migrated from ${names}`;
      await change(migratedThresholds(variables), { ...given, reason: why });
      console.error(`Now remove ${names} from the environment.`);
    },
  );
}

async function change(changes: ThresholdChanges, given: Given & { reason: string }): Promise<void> {
  const { changeThresholds } = await import('../../learning/gate/thresholds.ts');
  const { registry, name } = registryTarget(given);
  const context = { registry, model: name, by: currentUser(), reason: given.reason };
  printOutcome(await outcomeOf(name, await changeThresholds(context, changes)), given);
}

async function outcomeOf(model: string, file: GateConfigFile | undefined): Promise<Outcome> {
  const { thresholdsText } = await import('../../learning/gate/thresholds.ts');
  const { effectiveThresholds } = await import('../../registry/gate/gate-config.ts');
  const thresholds = effectiveThresholds(file);
  const data = { model, ...file, thresholds, set: file?.thresholds ?? {} };
  return { text: thresholdsText(model, file), data };
}
