import type { Test } from 'supertest';

export interface HttpAnswer {
  status: number;
  headers: Record<string, string>;
  body: unknown;
  text: string;
}

/** The response to a request, with a body of unknown type. */
export async function answerTo(test: Test): Promise<HttpAnswer> {
  const { status, headers, body, text } = (await test) as HttpAnswer;
  return { status, headers, body, text };
}
