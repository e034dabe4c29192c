import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { takeSnapshot } from './server-metrics.ts';
import { projectRoot } from './server-process.ts';

/** What figures depend on besides the code. */
export interface BenchEnvironment {
  readonly processor: string;
  readonly cores: number;
  readonly node: string;
  readonly engine: string;
  readonly model: string;
  readonly commit: string;
  readonly startedAt: string;
  /** Other work on the machine when the benchmark started (one-minute load average). */
  readonly loadAverage: number;
}

/** Describes this machine and the server under test, and prints the description. */
export async function reportEnvironment(origin: string): Promise<BenchEnvironment> {
  const { model } = await takeSnapshot(origin);
  const engine = model.engine ?? 'unknown';
  const environment = {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    node: process.version,
    engine: `${engine} ${engineVersion(engine)} on ${model.device ?? 'unknown'}`,
    model: `version ${model.version ?? 'unknown'}`,
    commit: commit(),
    startedAt: new Date().toISOString(),
    loadAverage: loadavg()[0] ?? 0,
  };
  const { processor, cores, loadAverage, node, startedAt } = environment;
  console.log(
    `${processor}, ${cores} cores, load average ${loadAverage.toFixed(1)}\n` +
      `node ${node}, engine ${environment.engine}, model ${environment.model}, commit ${environment.commit}\n` +
      startedAt,
  );
  return environment;
}

const enginePackages: Readonly<Record<string, string>> = {
  onnxruntime: 'onnxruntime-node',
  tensorflow: '@tensorflow/tfjs-node-gpu',
};

/** Read from the package's file, because not every package exports its package.json. */
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
    execFileSync('git', args, { cwd: projectRoot, encoding: 'utf8' }).trim();
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no') !== '';
    return git('rev-parse', '--short', 'HEAD') + (changed ? ' with changes' : '');
  } catch {
    return 'unknown';
  }
}
