import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { startChild, type Child, type CommandLine } from '../../common/process/child-process.ts';
import {
  type RetrainReason,
  verdictOf,
  type RetrainResult,
  readRetrainStatus,
  type RetrainStatus,
} from '../../registry/retrain-record.ts';

export interface LogTailLimits {
  /** The oldest lines are dropped first. */
  maxLines: number;
  /** Total size of all lines in UTF-8. */
  maxBytes: number;
  /** Longer lines are cut. */
  maxLineLength: number;
}

export const defaultLogTailLimits: LogTailLimits = {
  maxLines: 200,
  maxBytes: 32_768,
  maxLineLength: 1000,
};

/** The last lines that a process printed, without colors, within the limits. */
export class LogTail {
  readonly #limits: LogTailLimits;
  #lines: { text: string; bytes: number }[] = [];
  #bytes = 0;

  constructor(limits = defaultLogTailLimits) {
    this.#limits = limits;
  }

  add(line: string): void {
    const text = this.#cut(stripVTControlCharacters(line).trimEnd());
    if (text === '') return;
    const bytes = Buffer.byteLength(text) + 1;
    this.#lines.push({ text, bytes });
    this.#bytes += bytes;
    while (this.#lines.length > this.#limits.maxLines || this.#bytes > this.#limits.maxBytes)
      this.#bytes -= this.#lines.shift()!.bytes;
  }

  get lines(): string[] {
    return this.#lines.map(({ text }) => text);
  }

  #cut(text: string): string {
    const { maxLineLength } = this.#limits;
    return text.length <= maxLineLength ? text : `${text.slice(0, maxLineLength - 1)}…`;
  }
}

export interface RetrainRunOptions {
  command: CommandLine;
  reason: RetrainReason;
  /** The folder of the status file; the command creates it. */
  stateDir: string;
  /** Removes secrets from a text. */
  hide: (text: string) => string;
  /** Wall-clock milliseconds. */
  nowMs: () => number;
  onLine?: ((line: string) => void) | undefined;
}

/** One retraining: a child process that reports its progress in a status file. */
export class RetrainRun {
  readonly reason: RetrainReason;
  readonly startedAt: string;
  /** Resolves when the process has ended. Never rejects. */
  readonly ended: Promise<RetrainResult>;
  readonly #options: RetrainRunOptions;
  readonly #statusFile: string;
  readonly #tail = new LogTail();
  readonly #child: Child;

  constructor(options: RetrainRunOptions) {
    this.#options = options;
    this.reason = options.reason;
    this.startedAt = this.#now();
    this.#statusFile = path.join(options.stateDir, `status-${randomUUID()}.json`);
    this.#child = this.#start();
    this.ended = this.#end();
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get log(): string[] {
    return this.#tail.lines;
  }

  /** The last status that the process reported; undefined before the first. */
  status(): Promise<RetrainStatus | undefined> {
    return readRetrainStatus(this.#statusFile);
  }

  /** Asks the process to stop; it may write a checkpoint first. */
  terminate(): void {
    this.#child.terminate();
  }

  #start(): Child {
    const { command, hide, onLine } = this.#options;
    const args = [...command.args, '--status-file', this.#statusFile];
    return startChild({ ...command, args }, (line) => {
      const shown = hide(line);
      this.#tail.add(shown);
      onLine?.(shown);
    });
  }

  async #end(): Promise<RetrainResult> {
    const end = await this.#child.ended;
    const endedAt = this.#now();
    const status = await this.status();
    await rm(this.#statusFile, { force: true }).catch(() => undefined);
    const verdict = verdictOf(end, status, this.log.at(-1));
    const reasons = verdict.reasons.map(this.#options.hide);
    return { reason: this.reason, startedAt: this.startedAt, endedAt, ...verdict, reasons };
  }

  #now(): string {
    return new Date(this.#options.nowMs()).toISOString();
  }
}
