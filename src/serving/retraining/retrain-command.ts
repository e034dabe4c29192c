import { existsSync } from 'node:fs';
import { inheritedEnvironment } from '../../common/config/config.ts';
import { tensorFlowObstacle } from '../../inference/engine/tensorflow-presence.ts';
import type { CommandLine } from '../../common/process/child-process.ts';
import { ownProgram } from '../../common/process/own-program.ts';

/** This installation cannot train; the message says what to do. */
export class CannotTrainError extends Error {
  override readonly name = 'CannotTrainError';
}

/**
 * The command that retrains: RETRAIN_COMMAND, or by default the `retrain` command of this installation.
 * @throws CannotTrainError if this installation cannot train
 */
export function retrainCommand(setting: string | undefined): CommandLine {
  if (setting === undefined) return ownCommand();
  const [file, ...args] = wordsOf(setting);
  if (file === undefined || file === '')
    throw new CannotTrainError('RETRAIN_COMMAND names no command.');
  return { file, args, environment: inheritedEnvironment() };
}

/** Splits a command at blanks. Single and double quotes keep blanks; no shell is involved. */
function wordsOf(text: string): string[] {
  const words = text.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  return words.map((word) => word.replaceAll(/"([^"]*)"|'([^']*)'/g, '$1$2'));
}

function ownCommand(): CommandLine {
  const { file, args } = ownProgram('scripts/retrain');
  const program = args.at(-1)!;
  const obstacle = existsSync(program) ? tensorFlowObstacle() : `${program} does not exist.`;
  if (obstacle !== undefined) {
    throw new CannotTrainError(
      `This installation cannot train: ${obstacle} Set RETRAIN_COMMAND to a command that can, ` +
        'or run `npm run schedule` or `npm run retrain` where TensorFlow is installed; this server follows the alias.',
    );
  }
  return { file, args, environment: inheritedEnvironment() };
}
