import type { Command } from 'commander';
import { createProgram } from './command.ts';
import { apiKeyCommand } from './commands/api-key.ts';
import { doctorCommand } from './commands/doctor.ts';
import { drawFaceCommand } from './commands/draw-face.ts';
import { evaluateCommand } from './commands/evaluate.ts';
import { feedbackCommand } from './commands/feedback.ts';
import { gateConfigCommand } from './commands/gate-config.ts';
import { gateCommand } from './commands/gate.ts';
import { importCommand } from './commands/import.ts';
import { modelsCommand } from './commands/models.ts';
import { predictCommand } from './commands/predict.ts';
import { promoteCommand, rollbackCommand } from './commands/promote.ts';
import { publishCommand, syncCommand } from './commands/publish.ts';
import { refreshCommand } from './commands/refresh.ts';
import { retrainCommand } from './commands/retrain.ts';
import { scheduleCommand } from './commands/schedule.ts';
import { serveCommand } from './commands/serve.ts';
import { setupTensorFlowCommand } from './commands/setup-tensorflow.ts';
import { trainCommand } from './commands/train.ts';
import { inTrainingProcess } from './run-script.ts';

const help = `
Start here:
  npx face-age doctor                      check this machine and its settings
  npx face-age predict photo.jpg           one photo, without a server
  npx face-age predict photos/ --csv       a folder, one line per photo
  npx face-age serve                       the same over HTTP

Each command has --help. Settings are environment variables, as for the service: MODEL_REGISTRY, ENGINE and so on.`;

/**
 * The program `face-age` with all of its commands.
 * @param args the arguments of the program: the name of a command and the command's own
 */
export function faceAge(args: readonly string[]): Command {
  const ownArgs = args.slice(1);
  return createProgram([
    predictCommand(),
    serveCommand(),
    doctorCommand(),
    modelsCommand(),
    promoteCommand(),
    rollbackCommand(),
    publishCommand(),
    importCommand(),
    syncCommand(),
    inTrainingProcess(trainCommand(), ownArgs),
    evaluateCommand(),
    gateCommand(),
    gateConfigCommand(),
    inTrainingProcess(retrainCommand(), ownArgs),
    scheduleCommand(),
    feedbackCommand(),
    refreshCommand(),
    apiKeyCommand(),
    drawFaceCommand(),
    setupTensorFlowCommand(),
  ]).addHelpText('after', help);
}
