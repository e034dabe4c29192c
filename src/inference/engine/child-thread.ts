import type { ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { lowerPriority } from '../../common/process/child-process.ts';
import { every } from '../../common/clock.ts';
import { libraryPath } from '../../common/config/config.ts';
import { forkOwnProgram } from '../../common/process/own-program.ts';
import { processUsage } from '../../common/process/process-usage.ts';
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
  #killedFor: string | undefined;

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
    if (pid === undefined) return () => undefined;
    return every(MEMORY_CHECK_MS, () => {
      const bytes = processUsage(pid)?.residentBytes ?? 0;
      if (bytes <= maxBytes) return;
      this.#killedFor ??= `it used more than ${Math.round(maxBytes / 2 ** 20)} MiB of memory`;
      this.#child.kill('SIGKILL');
    });
  }

  #reasonOf(code: number | null, signal: NodeJS.Signals | null): string {
    if (this.#killedFor !== undefined) return this.#killedFor;
    if (signal !== null) return `the process that ran it was ended by ${signal}`;
    const output = this.#output.trim();
    return `the process that ran it ended with code ${code}${output === '' ? '' : `: ${output}`}`;
  }
}

function start(settings: WorkerSettings): ChildProcess {
  return forkOwnProgram('src/inference/engine/engine-process', {
    args: [JSON.stringify(settings)],
    environment: libraryPath(),
    stderr: 'pipe',
  });
}
