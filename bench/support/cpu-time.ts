/**
 * CPU milliseconds of one call, all threads of this process.
 * @param warmUpMs CPU time for which calls are repeated before they count
 * @param measureMs CPU time over which the average is taken
 */
export async function cpuMsPerCall(
  work: () => unknown,
  { warmUpMs, measureMs }: { warmUpMs: number; measureMs: number },
): Promise<number> {
  await repeat(work, warmUpMs);
  return repeat(work, measureMs);
}

async function repeat(work: () => unknown, cpuMs: number): Promise<number> {
  const start = process.cpuUsage();
  for (let count = 1; ; count++) {
    await work();
    const { user, system } = process.cpuUsage(start);
    const usedMs = (user + system) / 1000;
    if (usedMs >= cpuMs) return usedMs / count;
  }
}
