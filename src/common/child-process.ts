import { spawn, type ChildProcess } from 'node:child_process';
import { setPriority } from 'node:os';
import type { Readable } from 'node:stream';

/** What a line may hold; the rest of it is dropped, so that output without an end of line fills no memory. */
const LINE_MAX_CHARACTERS = 65_536;

/** Calls back with each line of a stream once it is whole, and at the end with what is left. */
export function onWholeLines(stream: Readable, onLine: (line: string) => void): void {
  let pending = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const [first, ...others] = text.split(/\r\n|\n|\r/);
    pending = grown(pending, first!);
    for (const line of others) {
      onLine(pending);
      pending = grown('', line);
    }
  });
  stream.on('end', () => {
    if (pending !== '') onLine(pending);
    pending = '';
  });
}

function grown(pending: string, more: string): string {
  return (pending + more).slice(0, LINE_MAX_CHARACTERS);
}

/** Serving comes first where both share a machine; 0 is usual, 19 the least. */
const NICE = 10;
/** Output after the end, of a process that the child left behind, is not waited for any longer. */
const LATE_OUTPUT_MS = 1000;

export interface CommandLine {
  file: string;
  args: readonly string[];
  environment: NodeJS.ProcessEnv;
}

/** How a process ended: by itself with a status, by a signal, or by not starting. */
export interface ChildEnd {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  startFault?: Error;
}

export interface Child {
  /** Undefined where it could not be started. */
  readonly pid: number | undefined;
  /** Resolves when it is gone and its output has been read. */
  readonly ended: Promise<ChildEnd>;
  /** SIGTERM. */
  terminate(): void;
}

/**
 * Starts a command beside this process: at a lower priority, and out of reach of a terminal's Ctrl-C, so that only
 * `terminate` stops it, and once. Never throws.
 * @param onLine both streams, line by line
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
      const late = setTimeout(() => {
        for (const stream of streams) stream.destroy();
      }, LATE_OUTPUT_MS);
      child.once('close', (exitCode, signal) => {
        clearTimeout(late);
        resolve({ exitCode, signal });
      });
    });
  });
  return { pid: child.pid, ended, terminate: () => void child.kill('SIGTERM') };
}

function notStarted(startFault: Error): ChildEnd {
  return { exitCode: null, signal: null, startFault };
}

function lowerPriority(pid: number): void {
  try {
    setPriority(pid, NICE);
  } catch {
    // Where that is not allowed, or the process is gone already, it runs as it is.
  }
}
