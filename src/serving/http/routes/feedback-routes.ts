import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import { ServiceError } from '../../../common/errors.ts';
import { PAGE_CURSOR } from '../../../registry/feedback/feedback-page.ts';
import {
  ageRangeOf,
  feedbackRecord2Schema,
  feedbackRecordSchema,
  feedbackStates,
  type FeedbackRecord,
} from '../../../registry/feedback/feedback-record.ts';
import type { FeedbackClient, FeedbackService } from '../../feedback/feedback-service.ts';
import type { ActiveRequests } from '../middleware/admission.ts';
import { clientOf } from '../middleware/protection.ts';
import { localsOf } from '../middleware/request-context.ts';
import { release, type Readiness } from '../server/readiness.ts';
import type { FeedbackReader } from '../upload/feedback-upload.ts';

export interface FeedbackRoutesDependencies {
  /** Undefined where feedback is off. */
  feedback?: Pick<FeedbackService, 'admit' | 'give' | 'remove' | 'list'> | undefined;
  readiness: Readiness;
  active: ActiveRequests;
}

/** The answer of `POST /v1/feedback`. */
export const feedbackAnswerSchema = feedbackRecord2Schema
  .pick({ id: true, state: true, age: true, minAge: true, maxAge: true, answer: true })
  .extend({
    errorYears: feedbackRecord2Schema.shape.errorYears.describe(
      'predicted mean age − true age; with a range of ages the distance from it, 0 within it',
    ),
    face: feedbackRecord2Schema.shape.face.describe(
      'the face in pixels of the stored picture; null where the whole photo was taken for the framed face',
    ),
    requestId: z.string(),
  });

/** The answer of `GET /v1/feedback`. */
export const feedbackPageSchema = z.object({
  records: z.array(feedbackRecordSchema),
  next: z.string().nullable().describe('`after` of the next page; null where this is the last'),
});

const MAX_PAGE = 500;

/** The query of `GET /v1/feedback`. */
export const pageQuerySchema = z.strictObject({
  limit: z
    .string()
    .regex(/^\d{1,4}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(1).max(MAX_PAGE))
    .default(100)
    .describe('records in a page'),
  after: z
    .string()
    .regex(PAGE_CURSOR, 'must be the `next` of a page')
    .optional()
    .describe('the `next` of the previous page'),
  state: z.enum(feedbackStates).optional().describe('only records in this state'),
});

/**
 * `POST /v1/feedback`: 201 where it is new, 200 where the same API key has stored it already. Limits apply before the body
 * is read.
 */
export function giveFeedbackRoute(
  dependencies: FeedbackRoutesDependencies & { readFeedback: FeedbackReader },
): RequestHandler {
  const { readFeedback, readiness, active } = dependencies;
  return async (request: Request, response: Response) => {
    const feedback = switchedOn(dependencies);
    const client = feedbackClient(request, response);
    await feedback.admit(client);
    const given = await readFeedback(request, response);
    const { requestId, logFields } = localsOf(response);
    const { outcome, record } = await active.run(response, (scope) =>
      feedback.give(given, { requestId, client, ...scope }),
    );
    logFields.feedback = outcome;
    release(response, readiness);
    response.setHeader('Cache-Control', 'no-store');
    const body = toAnswer(record, requestId);
    response
      .status(outcome === 'stored' ? 201 : 200)
      .json(body satisfies z.infer<typeof feedbackAnswerSchema>);
  };
}

function toAnswer(record: FeedbackRecord, requestId: string): z.infer<typeof feedbackAnswerSchema> {
  const { id, state, answer, errorYears } = record;
  const { minAge, maxAge } = ageRangeOf(record);
  const age = minAge === maxAge ? { age: minAge } : {};
  const face = record.schemaVersion === 1 ? null : record.face;
  return { id, state, ...age, minAge, maxAge, answer, errorYears, face, requestId };
}

function feedbackClient(request: Request, response: Response): FeedbackClient {
  const { client: keyName, keyDigest } = localsOf(response);
  return { name: clientOf(request, response), keyDigest, keyName };
}

/** `DELETE /v1/feedback/:id`: whoever knows the id may remove it. */
export function deleteFeedbackRoute(dependencies: FeedbackRoutesDependencies): RequestHandler {
  return async (request, response) => {
    const feedback = switchedOn(dependencies);
    const id = String(request.params.id);
    await dependencies.active.run(response, () => feedback.remove(id));
    response.status(204).end();
  };
}

/** `GET /v1/feedback`: the records in pages, for administrators */
export function listFeedbackRoute(dependencies: FeedbackRoutesDependencies): RequestHandler {
  return async (request, response) => {
    const feedback = switchedOn(dependencies);
    const requested = parsePageQuery(request.query);
    const { records, next } = await dependencies.active.run(response, () =>
      feedback.list(requested),
    );
    response.setHeader('Cache-Control', 'no-store');
    response.json({ records, next: next ?? null } satisfies z.infer<typeof feedbackPageSchema>);
  };
}

function parsePageQuery(query: unknown): z.infer<typeof pageQuerySchema> {
  const parsed = pageQuerySchema.safeParse(query);
  if (parsed.success) return parsed.data;
  const [fault] = parsed.error.issues;
  throw new ServiceError('invalid_query', `${fault!.path.join('.')}: ${fault!.message}`);
}

/** @throws ServiceError `feedback_off` */
export const requireFeedback =
  (dependencies: FeedbackRoutesDependencies): RequestHandler =>
  (_request, _response, next) => {
    switchedOn(dependencies);
    next();
  };

function switchedOn({ feedback }: FeedbackRoutesDependencies) {
  if (feedback !== undefined) return feedback;
  throw new ServiceError('feedback_off', 'Set FEEDBACK_STORE to switch feedback on.');
}
