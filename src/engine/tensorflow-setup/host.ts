import { existsSync } from 'node:fs';
import { readFile, realpath, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** What the installation depends on in this machine and its Node. */
export interface Host {
  readonly platform: string;
  readonly architecture: string;
  readonly glibc: boolean;
  /** For example `20.19.0`. */
  readonly nodeVersion: string;
  /** `process.versions.modules`. */
  readonly nodeAbi: string;
  /** The folder with `include/node` of this very Node version; undefined where there is none. */
  readonly nodeHeaders: string | undefined;
  readonly freeBytes: number;
}

/** @param directory whose disk counts; its nearest existing parent is asked. */
export async function inspectHost(directory: string): Promise<Host> {
  return {
    platform: process.platform,
    architecture: process.arch,
    glibc: existsSync('/lib64/ld-linux-x86-64.so.2'),
    nodeVersion: process.versions.node,
    nodeAbi: process.versions.modules,
    nodeHeaders: await findNodeHeaders(),
    freeBytes: await freeBytes(directory),
  };
}

async function findNodeHeaders(): Promise<string | undefined> {
  const prefix = dirname(dirname(await realpath(process.execPath)));
  const header = join(prefix, 'include/node/node_version.h');
  if (!existsSync(header)) return undefined;
  const major = /NODE_MAJOR_VERSION (\d+)/.exec(await readFile(header, 'utf8'))?.[1];
  return major === process.versions.node.split('.')[0] ? prefix : undefined;
}

async function freeBytes(directory: string): Promise<number> {
  let existing = directory;
  while (!existsSync(existing)) existing = dirname(existing);
  const { bavail, bsize } = await statfs(existing);
  return bavail * bsize;
}
