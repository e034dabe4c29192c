import { Worker, type WorkerOptions } from 'node:worker_threads';

/** The threads of this process that have not ended. */
const running = new Set<Worker>();

/**
 * Starts the module `<name>` from the caller's folder as a worker thread: `.js` in the compiled service, `.ts` when the
 * sources run directly. In that case tsx is registered inside the worker first, because Node 20 does not apply
 * `--import` to workers.
 * @param callerUrl the caller's `import.meta.url`
 */
export function startWorkerThread(
  callerUrl: string,
  name: string,
  options: WorkerOptions = {},
): Worker {
  const worker = start(callerUrl, name, options);
  running.add(worker);
  worker.once('exit', () => running.delete(worker));
  return worker;
}

/** The threads that `startWorkerThread` has started and that have not ended. */
export function runningThreads(): readonly Worker[] {
  return [...running];
}

function start(callerUrl: string, name: string, options: WorkerOptions): Worker {
  if (!callerUrl.endsWith('.ts')) return new Worker(new URL(`./${name}.js`, callerUrl), options);
  const module = new URL(`./${name}.ts`, callerUrl).href;
  // Code that is passed as text resolves packages from the working directory, which may be any folder.
  const tsx = import.meta.resolve('tsx/esm/api');
  const bootstrap = `import(${JSON.stringify(tsx)}).then(({ register }) => { register(); return import(${JSON.stringify(module)}); })`;
  return new Worker(bootstrap, { ...options, eval: true });
}
