import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Command } from 'commander';
import { inheritedEnvironment } from '../common/config/config.ts';
import { ownProgram } from '../common/process/own-program.ts';

/** By default, glibc returns memory to the system too eagerly for tensors of one size that are allocated again and again. */
const trainingMemory = {
  MALLOC_MMAP_MAX_: '0',
  MALLOC_TRIM_THRESHOLD_: '100000000000',
  MALLOC_TOP_PAD_: '268435456',
};

/** Replaces what a command runs: its script in a child process, because glibc reads its settings only at the start. */
export function inTrainingProcess(command: Command, args: readonly string[]): Command {
  return command.action(async () => {
    process.exitCode = await runScript(`scripts/${command.name()}`, args);
  });
}

/**
 * Runs a script in this terminal.
 * @param script the path without extension, from the root of the sources or of `dist`
 * @returns its exit status; 128 plus the number of the signal where a signal ended it
 */
async function runScript(script: string, args: readonly string[]): Promise<number> {
  const program = ownProgram(script);
  const child = spawn(program.file, [...program.args, ...args], {
    stdio: 'inherit',
    env: { ...inheritedEnvironment(), ...trainingMemory },
  });
  // Ctrl-C reaches the child through the terminal; a signal to this process alone is passed on.
  const pass = (signal: NodeJS.Signals) => child.kill(signal);
  process.on('SIGTERM', pass).on('SIGHUP', pass);
  process.on('SIGINT', () => undefined);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      resolve(code ?? (signal === null ? 1 : 128 + constants.signals[signal])),
    );
  });
}
