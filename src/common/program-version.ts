import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

/** The version of the program, from package.json. */
export const programVersion: string = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(path.join(packageRoot(), 'package.json'), 'utf8'))).version;

/** The folder that holds package.json, above both the sources and the compiled files. */
export function packageRoot(from = import.meta.dirname): string {
  if (existsSync(path.join(from, 'package.json'))) return from;
  const above = path.dirname(from);
  if (above === from) throw new Error('no folder above the program has a package.json');
  return packageRoot(above);
}

/** The commit of the working directory; null if it is not a Git work tree. */
export function gitCommit(): string | null {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return null;
  }
}
