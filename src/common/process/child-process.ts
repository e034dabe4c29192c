import { spawn, type ChildProcess } from 'node:child_process';
import { setPriority } from 'node:os';
import type { Readable } from 'node:stream';
import { systemClock } from '../clock.ts';

/** The rest of a longer line is dropped, so that output without line ends cannot fill the memory. */
const LINE_MAX_CHARACTERS = 65_536;

/** Calls `onLine` with each complete line of a stream, and at its end with the rest. */
export function onWholeLines(stream: Readable, onLine: (line: string) => void): void {
  let pending = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const [first, ...others] = text.split(/\r\n|\n|\r/);
    pending = append(pending, first!);
    for (const line of others) {
      onLine(pending);
      pending = append('', line);
    }
  });
  stream.on('end', () => {
    if (pending !== '') onLine(pending);
    pending = '';
  });
}

function append(pending: string, more: string): string {
  return (pending + more).slice(0, LINE_MAX_CHARACTERS);
}

/** Serving has priority on a shared machine; 0 is the normal priority, 19 the lowest. */
const NICE = 10;
/** How long to wait for output after the child's end, which a process that it left behind could prolong. */
const LATE_OUTPUT_MS = 1000;

export interface CommandLine {
  file: string;
  args: readonly string[];
  environment: NodeJS.ProcessEnv;
}

/** How a process ended: with an exit status, by a signal, or because it could not be started. */
export interface ChildEnd {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  startFault?: Error;
}

export interface Child {
  /** Undefined if the process could not be started. */
  readonly pid: number | undefined;
  /** Resolves when the process has ended and its output has been read. */
  readonly ended: Promise<ChildEnd>;
  /** Sends SIGTERM. */
  terminate(): void;
}

/**
 * Starts a command as a child process with a lower priority. It is detached from the terminal, so that Ctrl-C does not
 * reach it and only `terminate` stops it. Never throws.
 * @param onLine receives each line of standard output and standard error
 */
export function startChild(command: CommandLine, onLine: (line: string) => void): Child {
  try {
    return watch(launch(command), onLine);
  } catch (error) {
    const startFault = error instanceof Error ? error : new Error(String(error));
    return {
      pid: undefined,
      ended: Promise.resolve(notStarted(startFault)),
      terminate: () => undefined,
    };
  }
}

function launch({ file, args, environment }: CommandLine): ChildProcess {
  return spawn(file, args, {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
}

function watch(child: ChildProcess, onLine: (line: string) => void): Child {
  if (child.pid !== undefined) lowerPriority(child.pid);
  const streams = [child.stdout, child.stderr].flatMap((stream) => stream ?? []);
  for (const stream of streams) onWholeLines(stream, onLine);
  const ended = new Promise<ChildEnd>((resolve) => {
    child.once('error', (fault) => {
      if (child.pid === undefined) resolve(notStarted(fault));
    });
    child.once('exit', () => {
      const cancelLate = systemClock.after(LATE_OUTPUT_MS, () => {
        for (const stream of streams) stream.destroy();
      });
      child.once('close', (exitCode, signal) => {
        cancelLate();
        resolve({ exitCode, signal });
      });
    });
  });
  return { pid: child.pid, ended, terminate: () => void child.kill('SIGTERM') };
}

function notStarted(startFault: Error): ChildEnd {
  return { exitCode: null, signal: null, startFault };
}

/** Lowers the priority of a process that was just started; threads inherit it. */
export function lowerPriority(pid: number): void {
  try {
    setPriority(pid, NICE);
  } catch {
    // If this is not permitted, or the process has already ended, its priority stays unchanged.
  }
}

/** Whether a process of this machine is running, whoever owns it. */
export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
