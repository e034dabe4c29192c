import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** Calls that reach other machines or change files. */
const CALLS = [
  'network',
  'open,openat,openat2,creat,truncate,mknod,mknodat',
  'mkdir,mkdirat,rmdir,rename,renameat,renameat2,unlink,unlinkat,link,linkat,symlink,symlinkat',
]
  .join(',')
  .replace('network', '%network');

/** The arguments of strace before the command; it follows threads and child processes. */
export const straceArguments = (log: string): string[] => [
  '-f',
  '-qq',
  '-y',
  '--seccomp-bpf',
  '-s',
  '300',
  '-e',
  `trace=${CALLS}`,
  '-o',
  log,
];

/** A suffix for the names of tests that trace system calls; empty where strace works. */
export const straceSkip = ((): string => {
  const { error, status } = spawnSync('strace', [...straceArguments('/dev/null'), 'true']);
  if (error !== undefined) return ' (skipped: no strace; apt-get install strace)';
  return status === 0 ? '' : ' (skipped: strace may not trace processes here)';
})();

/** The id of the process that a running strace has started. */
export async function tracedProcess(strace: number): Promise<number> {
  const children = await readFile(`/proc/${strace}/task/${strace}/children`, 'utf8');
  return Number(children.split(' ')[0]);
}

/** What a traced process and its children did. */
export interface SystemCalls {
  /** Calls that name a peer or an address other than that of a local socket: connections, datagrams, listening. */
  network: string[];
  /** Absolute paths that were created, changed or removed, or for which that was tried. */
  written: string[];
  /** Absolute paths that were opened, or for which that was tried. */
  opened: string[];
}

const CALL = /^\d+ +([a-z0-9_]+)\((.*)$/;
const CHANGES = /O_WRONLY|O_RDWR|O_CREAT|O_TRUNC/;
/** Internet addresses (AF_INET, AF_INET6) and sockets by path (AF_UNIX); not queries of the kernel (AF_NETLINK). */
const ADDRESS = /sa_family=(?:AF_INET6?|AF_UNIX)/;

/** Parses the log of strace. Of a call that another thread interrupts, strace prints the arguments first. */
export function parseSystemCalls(log: string): SystemCalls {
  const calls: SystemCalls = { network: [], written: [], opened: [] };
  for (const line of log.split('\n')) {
    const [, name = '', rest = ''] = CALL.exec(line) ?? [];
    if (name.startsWith('open')) {
      calls.opened.push(...pathsIn(rest));
      if (CHANGES.test(rest)) calls.written.push(...pathsIn(rest));
    } else if (/^(?:mk|rm|rename|unlink|link|symlink|creat|truncate)/.test(name)) {
      calls.written.push(...pathsIn(rest));
    } else if (/^(?:connect|bind|send)/.test(name) && ADDRESS.test(rest)) {
      calls.network.push(`${name} ${rest}`);
    }
  }
  return calls;
}

/** The paths of a call; a relative one follows its folder, as in `AT_FDCWD</work>, "file"`. */
function pathsIn(rest: string): string[] {
  const found = rest.matchAll(/(?:<([^<>]*)>, )?"([^"]*)"/g);
  return [...found].map(([, folder, name]) => path.resolve(folder ?? '/', name!));
}
