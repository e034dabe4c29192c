import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';

const BUILD_RECORD = 'dist/.tsbuildinfo';
const SOURCES = ['src', 'scripts', 'package.json', 'tsconfig.json', 'tsconfig.build.json'];

/**
 * Compiles the program once before the tests, unless nothing has changed since. The tests then start it as users do, in a third
 * of the time that the sources take.
 */
export default function setUp(): void {
  const builtMs = statSync(BUILD_RECORD, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (newestOf(SOURCES) > builtMs) execFileSync('npm', ['run', 'build'], { stdio: 'inherit' });
}

/** The time of the last change below the given files and folders, in milliseconds. A folder changes when a file is removed. */
function newestOf(names: readonly string[]): number {
  const times = names.map((name) => {
    const { mtimeMs } = statSync(name);
    if (!statSync(name).isDirectory()) return mtimeMs;
    const inside = readdirSync(name).map((entry) => path.join(name, entry));
    return Math.max(mtimeMs, newestOf(inside));
  });
  return Math.max(0, ...times);
}

/**
 * The command line of a program of this project, without Node itself.
 * @param file below the working directory, such as `scripts/train.ts`
 */
export function programOf(file: string): string[] {
  return ['--enable-source-maps', `dist/${file.replace(/\.ts$/, '.js')}`];
}
