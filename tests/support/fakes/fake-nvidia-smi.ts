import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const EXPECTED =
  '--query-gpu=index,memory.used,memory.total,utilization.gpu --format=csv,noheader,nounits --loop=15';

/** A fake nvidia-smi that accepts only the arguments that the service passes. */
export interface FakeNvidiaSmi {
  /** The folder to put first on the PATH. */
  folder: string;
  program: string;
  /** Whether the process that was started last still runs. */
  isRunning: () => Promise<boolean>;
  remove: () => Promise<void>;
}

/** @param script a shell script that should `exec` its last command, because nvidia-smi is a single process */
export async function fakeNvidiaSmi(script: string): Promise<FakeNvidiaSmi> {
  const folder = await mkdtemp(join(tmpdir(), 'fake-nvidia-smi-'));
  const program = join(folder, 'nvidia-smi');
  const pidFile = join(folder, 'pid');
  const refusal = `[ "$*" = '${EXPECTED}' ] || { echo "Invalid combination of input arguments"; exit 2; }`;
  await writeFile(program, `#!/bin/sh\necho $$ >'${pidFile}'\n${refusal}\n${script}\n`);
  await chmod(program, 0o755);
  return {
    folder,
    program,
    isRunning: async () => isAlive(Number(await readFile(pidFile, 'utf8'))),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
