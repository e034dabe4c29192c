import { z } from 'zod';

/** Who wanted a retraining: a person by the admin route, the clock, or photos unlike those the model was trained on. */
export const reasonKinds = ['admin', 'schedule', 'drift'] as const;

export const retrainReasonSchema = z.object({
  kind: z.enum(reasonKinds),
  /** For people; it holds no secret. */
  detail: z.string(),
});

export type RetrainReason = z.infer<typeof retrainReasonSchema>;
