import type { z } from 'zod';

/** A service that did not answer as it should; the message holds its own words. */
export class ServiceAnswerError extends Error {
  override readonly name = 'ServiceAnswerError';
}

export interface ServiceResponse {
  ok: boolean;
  status: number;
  text: string;
}

/** @throws ServiceAnswerError where the service cannot be reached. */
export async function requestService(url: URL, init: RequestInit = {}): Promise<ServiceResponse> {
  const response = await fetch(url, init).catch((error: unknown) => {
    throw new ServiceAnswerError(`${url.origin} cannot be reached; is the service running?`, {
      cause: error,
    });
  });
  return { ok: response.ok, status: response.status, text: await response.text() };
}

/** The text as the schema has it, or undefined where it is no such JSON. */
export function parseAnswer<Schema extends z.ZodType>(
  text: string,
  schema: Schema,
): z.infer<Schema> | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** @throws ServiceAnswerError where the answer is an error or not what the schema says. */
export async function getFromService<Schema extends z.ZodType>(
  url: URL,
  schema: Schema,
): Promise<z.infer<Schema>> {
  const { ok, status, text } = await requestService(url);
  const answer = ok ? parseAnswer(text, schema) : undefined;
  if (answer !== undefined) return answer;
  throw new ServiceAnswerError(`${status} for ${url.href}: ${text.slice(0, 500)}`);
}
