import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createMetrics, type Metrics } from '../../../src/common/metrics/metrics.ts';
import type { CommandLine } from '../../../src/common/process/child-process.ts';
import { secretHider } from '../../../src/common/text/hide-secrets.ts';
import { LastRunFile } from '../../../src/serving/retraining/last-run-file.ts';
import {
  RetrainRunner,
  type RetrainRunnerOptions,
} from '../../../src/serving/retraining/retrain-runner.ts';
import { recordingLogger, type RecordingLogger } from './recording-logger.ts';

/** The command line of the fake retrain command with these steps. */
export function fakeCommand(...steps: string[]): CommandLine {
  const args = ['--import', 'tsx', 'tests/support/fakes/fake-retrain.ts', ...steps];
  return { file: process.execPath, args, environment: process.env };
}

/** The same in the format of RETRAIN_COMMAND. */
export function fakeCommandSetting(...steps: string[]): string {
  const { file, args } = fakeCommand(...steps);
  return [file, ...args].map((word) => `"${word}"`).join(' ');
}

/** A runner whose command is a real process that executes the test's steps. */
export interface FakeRetraining {
  readonly runner: RetrainRunner;
  readonly folder: string;
  readonly metrics: Metrics;
  readonly log: RecordingLogger;
  /** The steps of the next run. */
  steps: string[];
  /** Resolves when a run has printed the line. */
  untilSaid(line: string): Promise<void>;
  /** A file that a step `wait:` waits for. */
  gate(name: string): { step: string; open: () => Promise<void> };
  /** Creates another runner, as after a restart. */
  again(options?: Partial<RetrainRunnerOptions>): RetrainRunner;
  close(): Promise<void>;
}

export async function createFakeRetraining(
  given: Partial<RetrainRunnerOptions> & { secrets?: string[] } = {},
): Promise<FakeRetraining> {
  const folder = await mkdtemp(path.join(tmpdir(), 'face-age-retrain-'));
  const metrics = createMetrics();
  const log = recordingLogger();
  const said = new Set<string>();
  const listeners = new Set<() => void>();
  const onLine = (line: string): void => {
    said.add(line);
    for (const listener of listeners) listener();
  };
  const { secrets = [], ...overrides } = given;
  const again = (options: Partial<RetrainRunnerOptions> = {}): RetrainRunner =>
    new RetrainRunner({
      command: () => fakeCommand(...retraining.steps),
      stateDir: folder,
      lastRun: new LastRunFile(folder),
      coolDownMs: 0,
      hide: secretHider(secrets),
      logger: log.logger,
      metrics,
      onLine,
      ...overrides,
      ...options,
    });
  const gate = (name: string) => {
    const file = path.join(folder, name);
    return { step: `wait:${file}`, open: () => writeFile(file, '') };
  };
  const untilSaid = (line: string): Promise<void> =>
    new Promise((resolve) => {
      const look = () => {
        if (said.has(line)) resolve();
      };
      listeners.add(look);
      look();
    });
  const close = async (): Promise<void> => {
    retraining.runner.stop();
    await retraining.runner.idle();
    await rm(folder, { recursive: true, force: true });
  };
  const retraining: FakeRetraining = {
    steps: ['end:hold'],
    folder,
    metrics,
    log,
    untilSaid,
    gate,
    again,
    close,
    get runner() {
      return runner;
    },
  };
  const runner = again();
  return retraining;
}
