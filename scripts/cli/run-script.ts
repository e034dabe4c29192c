import { spawn } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inheritedEnvironment } from '../../src/common/config/config.ts';

/** glibc gives memory back too eagerly for tensors of one size that come and go. */
const trainingMemory = {
  MALLOC_MMAP_MAX_: '0',
  MALLOC_TRIM_THRESHOLD_: '100000000000',
  MALLOC_TOP_PAD_: '268435456',
};
const trains: ReadonlySet<string> = new Set(['scripts/train', 'scripts/retrain']);

/**
 * Runs one of the scripts with this terminal, as it is run by itself.
 * @param script path without extension, from the root of the sources or of what was compiled
 * @returns its exit status; 128 and the signal's number where a signal ended it
 */
export async function runScript(script: string, args: readonly string[]): Promise<number> {
  const file = fileURLToPath(
    new URL(`../../${script}${extname(import.meta.url)}`, import.meta.url),
  );
  const loader = file.endsWith('.ts') ? ['--import', import.meta.resolve('tsx')] : [];
  const env = { ...inheritedEnvironment(), ...(trains.has(script) ? trainingMemory : {}) };
  const child = spawn(process.execPath, [...loader, '--enable-source-maps', file, ...args], {
    stdio: 'inherit',
    env,
  });
  // Ctrl-C reaches the child by the terminal; a signal sent to this process alone is passed on.
  const pass = (signal: NodeJS.Signals) => child.kill(signal);
  process.on('SIGTERM', pass).on('SIGHUP', pass);
  process.on('SIGINT', () => undefined);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      resolve(code ?? (signal === null ? 1 : signalStatus(signal))),
    );
  });
}

function signalStatus(signal: NodeJS.Signals): number {
  const numbers: Partial<Record<NodeJS.Signals, number>> = {
    SIGHUP: 1,
    SIGINT: 2,
    SIGKILL: 9,
    SIGTERM: 15,
  };
  return 128 + (numbers[signal] ?? 0);
}
