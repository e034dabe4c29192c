import type { Device, EngineName, Precision } from '../../src/inference/engine/engine.ts';
import type { ArtifactFacts } from '../../src/evaluation/artifact-facts.ts';
import type { DescribedModel } from '../../src/evaluation/described-model.ts';
import type { OnUnreadable } from '../../src/evaluation/estimator-answers.ts';
import type { AnsweredPhoto, PhotoToJudge } from '../../src/evaluation/judged-photo.ts';

/** A model that answers for photos, however it is reached. */
export interface Judge {
  readonly model: DescribedModel;
  readonly engine: { readonly name: EngineName; readonly device: Device };
  readonly precision: Precision;
  readonly facts: ArtifactFacts;
  /** For people: where the answers come from. */
  readonly description: string;
  answers(
    labelled: readonly PhotoToJudge[],
    onUnreadable: OnUnreadable,
  ): AsyncGenerator<AnsweredPhoto>;
  close(): Promise<void>;
}
