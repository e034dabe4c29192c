import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import {
  parseAnswer,
  requestService,
  ServiceAnswerError,
} from '../../src/learning/evaluation/http-answers.ts';
import { CANARY_ALIAS, SHADOW_ALIAS } from '../../src/registry/aliases.ts';

const POLL_MS = 250;

const followingSchema = z.object({
  state: z.string(),
  reason: z.string().nullable(),
  current: z.object({ version: z.int() }).nullable(),
  desired: z.object({ version: z.int() }).nullable(),
});
type Following = z.infer<typeof followingSchema>;

/** The server's own alias, and those that it follows beside it. */
const modelsSchema = followingSchema.extend({
  [CANARY_ALIAS]: followingSchema.nullish(),
  [SHADOW_ALIAS]: followingSchema.nullish(),
});

export interface FollowOptions {
  /** The one that was moved. */
  alias: string;
  version: number;
  timeoutMs: number;
  /** Opens the admin route by which a server is told to look now instead of at its next poll. */
  adminToken?: string | undefined;
}

/**
 * Waits until a server serves the version.
 * @throws ServiceAnswerError where it cannot load it, with its reason, or has not followed in time
 */
export async function followed(origin: string, options: FollowOptions): Promise<void> {
  const { alias, version, timeoutMs, adminToken } = options;
  const deadlineMs = performance.now() + timeoutMs;
  if (adminToken !== undefined) await askToReload(origin, adminToken);
  let seen = 'it has not answered';
  while (performance.now() < deadlineMs) {
    const answer = await ask(origin, alias);
    if (answer !== undefined) {
      if (serves(answer, version, origin)) return;
      seen = `it serves ${answer.current?.version ?? 'nothing'}, ${answer.state}: ${answer.reason}`;
    }
    await setTimeout(POLL_MS);
  }
  throw new ServiceAnswerError(
    `${origin} does not serve version ${version} after ${timeoutMs / 1000} s; ${seen}`,
  );
}

/** @throws ServiceAnswerError where it wants to but cannot */
function serves(answer: Following, version: number, origin: string): boolean {
  const { current, desired, state, reason } = answer;
  if (state === 'failed' && desired?.version === version)
    throw new ServiceAnswerError(`${origin} refuses version ${version}: ${reason}`);
  return current?.version === version;
}

/** Undefined where the server does not answer, or does not follow the alias. */
async function ask(origin: string, alias: string): Promise<Following | undefined> {
  const signal = AbortSignal.timeout(5000);
  const response = await requestService(new URL('/v1/models', origin), { signal }).catch(
    (error: unknown) => {
      if (error instanceof ServiceAnswerError) return undefined;
      throw error;
    },
  );
  if (response?.ok !== true) return undefined;
  const answer = parseAnswer(response.text, modelsSchema);
  return alias === CANARY_ALIAS || alias === SHADOW_ALIAS ? (answer?.[alias] ?? undefined) : answer;
}

/** @throws ServiceAnswerError where the token is refused */
async function askToReload(origin: string, token: string): Promise<void> {
  const { ok, status, text } = await requestService(new URL('/v1/admin/reload', origin), {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  });
  if (!ok) throw new ServiceAnswerError(`${status} for ${origin}/v1/admin/reload: ${text}`);
}
