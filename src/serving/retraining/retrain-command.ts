import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { inheritedEnvironment } from '../../common/config/config.ts';
import { tensorFlowObstacle } from '../../inference/engine/tensorflow-presence.ts';
import type { CommandLine } from '../../common/child-process.ts';

/** This installation cannot retrain; the message says what to do. */
export class CannotTrainError extends Error {
  override readonly name = 'CannotTrainError';
}

/**
 * The command that runs a retraining: RETRAIN_COMMAND, or else this installation's own script, run by the Node that runs
 * this process: `dist/scripts/retrain.js`, or from the sources `scripts/retrain.ts`.
 * @throws CannotTrainError where neither can train
 */
export function retrainCommand(setting: string | undefined): CommandLine {
  if (setting === undefined) return ownCommand();
  const [file, ...args] = wordsOf(setting);
  if (file === undefined) throw new CannotTrainError('RETRAIN_COMMAND names no command.');
  return { file, args, environment: inheritedEnvironment() };
}

/** Splits at blanks outside single and double quotes. There is no shell. */
function wordsOf(text: string): string[] {
  const words = text.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  return words.map((word) => word.replaceAll(/"([^"]*)"|'([^']*)'/g, '$1$2'));
}

function ownCommand(): CommandLine {
  const extension = path.extname(import.meta.url);
  const program = fileURLToPath(new URL(`../../../scripts/retrain${extension}`, import.meta.url));
  const obstacle = existsSync(program) ? tensorFlowObstacle() : `${program} does not exist.`;
  if (obstacle !== undefined) {
    throw new CannotTrainError(
      `This installation cannot train: ${obstacle} Set RETRAIN_COMMAND to a command that can, ` +
        'or run `npm run schedule` or `npm run retrain` on a machine that has TensorFlow; this server follows the alias.',
    );
  }
  return {
    file: process.execPath,
    args: [...process.execArgv, program],
    environment: inheritedEnvironment(),
  };
}
