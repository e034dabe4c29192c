import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * How to start a program of this installation with the Node that runs: compiled, or from its sources through tsx. The
 * options of this process are not passed on, because `face-age` registers tsx without any.
 * @param name the path without extension from the root of the sources or of `dist`, such as `scripts/retrain`
 * @returns a command line whose last argument is the program's file
 */
export function ownProgram(name: string): { file: string; args: string[] } {
  const { program, options } = launchOf(name);
  return { file: process.execPath, args: [...options, program] };
}

export interface ForkOptions {
  args?: readonly string[];
  /** All of it: nothing of this process's environment is passed on, so no secret. */
  environment: Record<string, string>;
  /** Standard output is always ignored. */
  stderr: 'ignore' | 'pipe';
}

/**
 * Starts a program of this installation as a child process that exchanges messages with this one, as structured clones: they
 * carry typed arrays as they are.
 * @param name as for `ownProgram`
 */
export function forkOwnProgram(
  name: string,
  { args = [], environment, stderr }: ForkOptions,
): ChildProcess {
  const { program, options } = launchOf(name);
  return fork(program, args, {
    execArgv: options,
    env: environment,
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', stderr, 'ipc'],
  });
}

/** @returns the program's file and the options of Node */
function launchOf(name: string): { program: string; options: string[] } {
  const extension = path.extname(import.meta.url);
  const program = fileURLToPath(new URL(`../../../${name}${extension}`, import.meta.url));
  const loader = extension === '.ts' ? ['--import', import.meta.resolve('tsx')] : [];
  return { program, options: [...loader, '--enable-source-maps'] };
}
