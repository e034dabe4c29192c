import { Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * Starts the module `<name>` beside the caller as a worker thread: `.js` in the compiled service, `.ts` when the
 * sources run directly, in which case tsx is registered inside the worker first (Node 20 does not apply
 * `--import` to workers).
 * @param callerUrl the caller's `import.meta.url`
 */
export function startWorkerThread(
  callerUrl: string,
  name: string,
  options: WorkerOptions = {},
): Worker {
  if (!callerUrl.endsWith('.ts')) return new Worker(new URL(`./${name}.js`, callerUrl), options);
  const module = new URL(`./${name}.ts`, callerUrl).href;
  // Code that is handed over as text looks for packages in the working directory, which may be anywhere.
  const tsx = import.meta.resolve('tsx/esm/api');
  const bootstrap = `import(${JSON.stringify(tsx)}).then(({ register }) => { register(); return import(${JSON.stringify(module)}); })`;
  return new Worker(bootstrap, { ...options, eval: true });
}
