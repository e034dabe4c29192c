import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { dirname, join } from 'node:path';

/** What figures depend on besides the code. */
export interface BenchEnvironment {
  readonly processor: string;
  readonly cores: number;
  readonly node: string;
  readonly engine: string;
  readonly model: string;
  readonly commit: string;
  readonly startedAt: string;
  /** Other work on the machine when the sitting began (one-minute load average). */
  readonly loadAverage: number;
}

/** @param model labels of the server's `model_info` */
export function describeEnvironment(model: Readonly<Record<string, string>>): BenchEnvironment {
  const engine = model.engine ?? 'unknown';
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    node: process.version,
    engine: `${engine} ${engineVersion(engine)} on ${model.device ?? 'unknown'}`,
    model: `version ${model.version ?? 'unknown'}`,
    commit: commit(),
    startedAt: new Date().toISOString(),
    loadAverage: loadavg()[0] ?? 0,
  };
}

export function renderEnvironment(environment: BenchEnvironment): string {
  return [
    `${environment.processor}, ${environment.cores} cores, load average ${environment.loadAverage.toFixed(1)}`,
    `node ${environment.node}, engine ${environment.engine}, model ${environment.model}, commit ${environment.commit}`,
    environment.startedAt,
  ].join('\n');
}

const enginePackages: Readonly<Record<string, string>> = {
  onnxruntime: 'onnxruntime-node',
  tensorflow: '@tensorflow/tfjs-node-gpu',
};

/** Read from the package's file, as not every package lets it be imported. */
function engineVersion(engine: string): string {
  const name = enginePackages[engine];
  if (name === undefined) return '';
  const folders = createRequire(import.meta.url).resolve.paths(name) ?? [];
  for (const folder of folders) {
    try {
      const text = readFileSync(join(folder, name, 'package.json'), 'utf8');
      return (JSON.parse(text) as { version: string }).version;
    } catch {
      continue;
    }
  }
  return '';
}

function commit(): string {
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: dirname(import.meta.filename), encoding: 'utf8' }).trim();
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no') !== '';
    return git('rev-parse', '--short', 'HEAD') + (changed ? ' with changes' : '');
  } catch {
    return 'unknown';
  }
}
