import { readGateOptions, usage, type GateCommand } from '../src/cli/gate-options.ts';
import { readGateConfig, type GateConfig } from '../src/common/config/config.ts';
import { messageOf } from '../src/common/errors.ts';
import { createProgress } from '../src/common/progress.ts';
import { exitCodeOf, exitCodes, gateText } from '../src/learning/gate/gate-text.ts';
import { runGate } from '../src/learning/gate/run-gate.ts';

/** Ends the process where what it was asked cannot be done as asked. */
function readCommand(): (GateCommand & { config: GateConfig }) | undefined {
  try {
    const config = readGateConfig();
    const command = readGateOptions(process.argv.slice(2), config);
    return command && { ...command, config };
  } catch (error) {
    console.error(messageOf(error));
    process.exit(exitCodes.usage);
  }
}

async function main(signal: AbortSignal): Promise<number> {
  const command = readCommand();
  if (command === undefined) {
    console.log(usage);
    return 0;
  }
  const reporter = { tell: console.error, progress: createProgress('photos'), signal };
  const result = await runGate(command.gateOptions, command.config, reporter);
  console.log(command.json ? JSON.stringify(result, null, 2) : gateText(result));
  return exitCodeOf(result);
}

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => stop.abort(new Error('interrupted: nothing was written')));

try {
  process.exitCode = await main(stop.signal);
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = stop.signal.aborted ? exitCodes.interrupted : 1;
}
