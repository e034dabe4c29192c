import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { programOf } from './built-program.ts';

/** One of this project's commands as a process of its own. */
export interface Command {
  child: ChildProcess;
  /** Both streams so far. */
  output(): string;
  /** Resolves with the match once the output has one; rejects where the process ends without. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves when the process has ended well. */
  done(): Promise<void>;
}

/** @param file below the working directory, such as `scripts/train.ts` */
export function startCommand(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Command {
  const child = spawn(process.execPath, [...programOf(file), ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      for (const listener of listeners) listener();
    });
  }
  const closed = once(child, 'close');
  const failure = () => new Error(`${file} ${args.join(' ')} failed:\n${output}`);
  return {
    child,
    output: () => output,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(output);
          if (match !== null) resolve(match);
        };
        listeners.add(look);
        look();
        void closed.then(() => reject(failure()));
      }),
    done: async () => {
      await closed;
      if (child.exitCode !== 0) throw failure();
    },
  };
}
