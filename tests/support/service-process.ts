import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { programOf } from './built-program.ts';

/** The service as a separate process, run from its compiled sources. */
export interface ServiceProcess {
  readonly child: ChildProcess;
  /** Everything it has printed so far, on both streams. */
  readonly output: () => string;
  /** Resolves with the event once it is logged; rejects if the process ends before. */
  readonly untilLogged: (message: string) => Promise<Record<string, unknown>>;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/**
 * Its environment holds only PATH from this process's environment.
 * @param launcher a command that starts the service's own, such as that of a tracer; the child is then the launcher
 */
export function startService(
  settings: Record<string, string>,
  launcher: readonly string[] = [],
): ServiceProcess {
  const command = [...launcher, process.execPath, ...programOf('src/main.ts')];
  const child = spawn(command[0]!, command.slice(1), {
    env: { PATH: process.env.PATH, HOST: '127.0.0.1', PORT: '0', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  const onOutput = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      printed += chunk.toString('utf8');
      for (const listener of onOutput) listener();
    });
  }
  const events = (): Record<string, unknown>[] =>
    printed
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const ended = once(child, 'close').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
  }));
  const untilLogged = (message: string): Promise<Record<string, unknown>> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const event = events().find(
          ({ msg }) => typeof msg === 'string' && msg.startsWith(message),
        );
        if (event !== undefined) resolve(event);
      };
      onOutput.add(look);
      look();
      void ended.then(() => reject(new Error(`ended without "${message}":\n${printed}`)));
    });
  return { child, output: () => printed, untilLogged, ended };
}
