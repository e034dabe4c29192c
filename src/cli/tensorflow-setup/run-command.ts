import { spawn } from 'node:child_process';

/** Something the machine lacks; the message says what, and what to do about it. */
export class SetupError extends Error {
  override readonly name = 'SetupError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join('\n'));
    this.faults = faults;
  }
}

export interface CommandResult {
  /** 127 where the command does not exist. */
  readonly exitCode: number;
  /** Standard output and standard error, as they came. */
  readonly output: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  /** Added to the environment of this process. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Runs a command to its end. Never throws: a failure is an exit code. */
export type RunCommand = (
  command: string,
  args: readonly string[],
  options?: CommandOptions,
) => Promise<CommandResult>;

/** Runs commands as child processes of `environment`; standard input is closed. */
export function childProcessRunner(environment: NodeJS.ProcessEnv): RunCommand {
  return (command, args, options = {}) =>
    new Promise((resolve) => {
      const child = spawn(command, args, {
        cwd: options.cwd,
        env: { ...environment, ...options.environment },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const chunks: Buffer[] = [];
      const finish = (exitCode: number) =>
        resolve({ exitCode, output: Buffer.concat(chunks).toString('utf8') });
      child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
      child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
      child.once('error', () => finish(127));
      child.once('close', (code, signal) => {
        if (signal !== null) chunks.push(Buffer.from(`ended by ${signal}\n`));
        finish(code ?? 1);
      });
    });
}

/** The last lines of a command's output, for a message. */
export function lastLines(output: string, count = 8): string {
  const lines = output.trimEnd().split('\n').slice(-count);
  return lines.map((line) => `    ${line}`).join('\n');
}
