import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

type Tool = 'prometheus' | 'promtool';

const fetched = process.env.PROMETHEUS_DIR ?? join(homedir(), '.cache/face-age/prometheus');
const folders = [fetched, ...(process.env.PATH ?? '').split(delimiter)];

/** The path of the program: the fetched one, or the first on the PATH. */
export function pathOf(tool: Tool): string | undefined {
  return folders.map((folder) => join(folder, tool)).find((path) => existsSync(path));
}

/** A suffix for the names of tests that are skipped without it. */
export const withoutPrometheus =
  pathOf('prometheus') === undefined || pathOf('promtool') === undefined
    ? 'no Prometheus; run tests/support/prometheus/fetch.sh'
    : undefined;
