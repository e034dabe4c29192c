import { answersOverHttp } from '../../src/evaluation/http-answers.ts';
import { askServedModel } from '../../src/evaluation/served-model.ts';
import type { Judge } from './judge.ts';

/**
 * The version that a running service answers with.
 * @param origin such as `http://localhost:3000`
 */
export async function openServiceJudge(origin: string): Promise<Judge> {
  const { manifest: model, engine: name, device, precision } = await askServedModel(origin);
  const from = { origin, version: model.version };
  return {
    model,
    engine: { name, device },
    precision,
    facts: { size: null, history: [] },
    description: origin,
    answers: (labelled, onUnreadable) => answersOverHttp(from, labelled, onUnreadable),
    close: () => Promise.resolve(),
  };
}
