import { endsWithin } from '../deadline.ts';
import { runningThreads } from './worker-thread.ts';

/** How long threads may take to end once they are asked to. */
const THREADS_END_MAX_MS = 1000;

let hasLostThread = false;

/** Records that a thread of this process hangs in native code, so that only `endProcess` can end the process. */
export function reportLostThread(): void {
  hasLostThread = true;
}

/** As `endProcess`, if a thread hangs; otherwise the process ends by itself when nothing is left to do. */
export async function endProcessIfThreadHangs(exitCode: number): Promise<void> {
  if (hasLostThread) await endProcess(exitCode);
}

/**
 * Ends this process, even if a thread hangs in native code: `process.exit` waits for every thread, for ever if need be.
 * Where a thread hangs the exit code is not the given one but that of SIGKILL (137 in a shell). The kernel ignores this
 * signal from the first process of a container, which is then aborted (139, or 134).
 */
export async function endProcess(exitCode: number): Promise<never> {
  const ended = Promise.all(
    runningThreads().map((thread) => {
      // Nobody should replace a thread that ends now.
      thread.removeAllListeners();
      return thread.terminate();
    }),
  );
  const inTime = await endsWithin(ended, THREADS_END_MAX_MS);
  if (inTime) process.exit(exitCode);
  process.kill(process.pid, 'SIGKILL');
  process.abort();
}
