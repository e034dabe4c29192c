import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { inheritedEnvironment } from '../../common/config/config.ts';
import { tensorFlowObstacle } from '../../inference/engine/tensorflow-presence.ts';
import type { CommandLine } from '../../common/child-process.ts';

/** This installation has nothing to retrain with; the message says what to do. */
export class CannotTrainError extends Error {
  override readonly name = 'CannotTrainError';
}

/**
 * What runs a retraining: the words of RETRAIN_COMMAND, or without it this installation's own command with the Node
 * that runs: `dist/scripts/retrain.js`, or where the sources run, `scripts/retrain.ts`.
 * @throws CannotTrainError where that cannot train
 */
export function retrainCommand(setting: string | undefined): CommandLine {
  if (setting === undefined) return ownCommand();
  const [file, ...args] = wordsOf(setting);
  if (file === undefined) throw new CannotTrainError('RETRAIN_COMMAND names no command.');
  return { file, args, environment: inheritedEnvironment() };
}

/** Words are parted by blanks; quotes of either kind keep blanks together. There is no shell. */
function wordsOf(text: string): string[] {
  const words = text.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  return words.map((word) => word.replaceAll(/"([^"]*)"|'([^']*)'/g, '$1$2'));
}

function ownCommand(): CommandLine {
  const extension = path.extname(import.meta.url);
  const program = fileURLToPath(new URL(`../../../scripts/retrain${extension}`, import.meta.url));
  const obstacle = existsSync(program) ? tensorFlowObstacle() : `${program} is not there.`;
  if (obstacle !== undefined) {
    throw new CannotTrainError(
      `This installation cannot train: ${obstacle} Set RETRAIN_COMMAND to a command that can, ` +
        'or run `npm run schedule` or `npm run retrain` where TensorFlow is; this server follows the alias.',
    );
  }
  return {
    file: process.execPath,
    args: [...process.execArgv, program],
    environment: inheritedEnvironment(),
  };
}
