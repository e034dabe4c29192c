import type { ServerProcess } from '../server-process.ts';

/** The part of `GET /v1/models` that benches look at. */
export interface ModelsAnswer {
  state: string;
  reason: string | null;
  current: { version: number } | null;
  desired: { version: number } | null;
}

export async function modelsOf({ origin }: ServerProcess): Promise<ModelsAnswer> {
  return (await (await fetch(`${origin}/v1/models`)).json()) as ModelsAnswer;
}
