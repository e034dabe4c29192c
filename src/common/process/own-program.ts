import path from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * How to start a program of this installation with the Node that runs: compiled, or from its sources through tsx. The
 * options of this process are not passed on, because `face-age` registers tsx without any.
 * @param name the path without extension from the root of the sources or of `dist`, such as `scripts/retrain`
 * @returns a command line whose last argument is the program's file
 */
export function ownProgram(name: string): { file: string; args: string[] } {
  const extension = path.extname(import.meta.url);
  const program = fileURLToPath(new URL(`../../../${name}${extension}`, import.meta.url));
  const loader = extension === '.ts' ? ['--import', import.meta.resolve('tsx')] : [];
  return { file: process.execPath, args: [...loader, '--enable-source-maps', program] };
}
