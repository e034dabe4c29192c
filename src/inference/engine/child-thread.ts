import { fork, type ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { readFile } from 'node:fs/promises';
import { lowerPriority } from '../../common/process/child-process.ts';
import { every } from '../../common/clock.ts';
import { libraryPath } from '../../common/config/config.ts';
import { ownProgram } from '../../common/process/own-program.ts';
import type { EngineThread } from './worker-link.ts';
import type { WorkerRequest, WorkerSettings } from './worker-protocol.ts';

/** A graph may allocate gigabytes a second. */
const MEMORY_CHECK_MS = 25;
/** The part of the child's error output that a message shows. */
const OUTPUT_MAX_CHARACTERS = 500;

/**
 * An engine in a child process, as `WorkerLink` uses it: unlike a thread, it can be killed. It has a lower priority and
 * an empty environment.
 */
export class ChildThread extends EventEmitter implements EngineThread {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #output = '';

  /** @param memoryMaxBytes of resident memory, beyond which it is killed; checked on Linux only */
  constructor(settings: WorkerSettings, memoryMaxBytes: number) {
    super();
    this.#child = start(settings);
    this.#child.on('message', (reply) => this.emit('message', reply));
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#output = (this.#output + text).slice(-OUTPUT_MAX_CHARACTERS);
    });
    const { pid } = this.#child;
    if (pid !== undefined) lowerPriority(pid);
    const stopChecks = this.#limitMemory(pid, memoryMaxBytes);
    this.#ended = new Promise((resolve) => {
      const end = (reason: string, code: number): void => {
        stopChecks();
        this.emit('error', new Error(reason));
        this.emit('exit', code);
        resolve();
      };
      this.#child.once('error', ({ message }) => end(`it cannot be started: ${message}`, 1));
      this.#child.once('exit', (code, signal) => end(this.#reasonOf(code, signal), code ?? 1));
    });
  }

  postMessage(request: WorkerRequest): void {
    // An error means that the child has ended, which `exit` reports.
    this.#child.send(request, () => undefined);
  }

  /** Kills it. */
  async terminate(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  #limitMemory(pid: number | undefined, maxBytes: number): () => void {
    if (pid === undefined || process.platform !== 'linux') return () => undefined;
    return every(MEMORY_CHECK_MS, () => {
      void residentBytes(pid).then((bytes) => {
        if (bytes <= maxBytes) return;
        this.#killedFor ??= `it used more than ${Math.round(maxBytes / 2 ** 20)} MiB of memory`;
        this.#child.kill('SIGKILL');
      });
    });
  }

  #killedFor: string | undefined;

  #reasonOf(code: number | null, signal: NodeJS.Signals | null): string {
    if (this.#killedFor !== undefined) return this.#killedFor;
    if (signal !== null) return `the process that ran it was ended by ${signal}`;
    const output = this.#output.trim();
    return `the process that ran it ended with code ${code}${output === '' ? '' : `: ${output}`}`;
  }
}

function start(settings: WorkerSettings): ChildProcess {
  const { file, args } = ownProgram('src/inference/engine/engine-process');
  const [program, ...options] = args.toReversed();
  return fork(program!, [JSON.stringify(settings)], {
    execPath: file,
    execArgv: options.toReversed(),
    env: libraryPath(),
    // Structured clones carry pixels and outputs as they are.
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
}

/** 0 where the process has ended. */
async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}
