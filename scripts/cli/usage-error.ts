/** The command cannot be understood; the message says how to give it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Whether a command was given wrongly rather than failed: ours, and what `parseArgs` throws. */
export function isUsageError(error: unknown): boolean {
  if (error instanceof UsageError) return true;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code.startsWith('ERR_PARSE_ARGS');
}
