import type { ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import type { Response, Request, RequestHandler } from 'express';
import type { PhotoTiming } from '../../../inference/estimator.ts';
import type { PredictAnswer } from '../../predict/answer.ts';
import { assertAnswerSize, parsePredictQuery, withFields } from '../../predict/predict-query.ts';
import type { PredictService } from '../../predict/predict-service.ts';
import { type ActiveRequests, admit, type AdmissionDependencies } from '../middleware/admission.ts';
import { localsOf, ownerOf } from '../middleware/request-context.ts';
import { release, type Readiness } from '../server/readiness.ts';
import type { PhotoReader } from '../upload/photo-upload.ts';

/** Sends a value as JSON, headers and body in one write; Express takes two buffers for that. */
export function sendJson(response: ServerResponse, value: unknown): void {
  const body = JSON.stringify(value);
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.end(body);
}

const stages = ['preprocessMs', 'queueMs', 'inferenceMs', 'batchSize'] as const;

/**
 * Adds the upload time to the request's log fields, when called at the end of the upload, and returns a function that adds
 * the timing of each photo. As the photos of a request run in parallel, the longest time and the largest batch count.
 */
export function logStages(response: Response): (timing: PhotoTiming) => void {
  const { logFields, startedAtMs } = localsOf(response);
  logFields.uploadMs = round(performance.now() - startedAtMs);
  return (timing) => {
    for (const stage of stages) {
      logFields[stage] = Math.max(round(timing[stage]), Number(logFields[stage] ?? 0));
    }
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

export interface PredictRouteDependencies extends AdmissionDependencies {
  readPhotos: PhotoReader;
  predictions: Pick<PredictService, 'predict' | 'assertRoom'>;
  readiness: Readiness;
  active: ActiveRequests;
}

/**
 * `POST /v1/predict`. Query, readiness, a full queue and headers are checked before the body is read. The text fields of a form
 * count like parameters of the query.
 */
export function predictRoute(dependencies: PredictRouteDependencies): RequestHandler {
  const { readPhotos, predictions, readiness, active } = dependencies;
  return async (request: Request, response: Response) => {
    const early = parsePredictQuery(request.query);
    let clientKey = await admit(request, early.model, dependencies);
    const { photos, fields } = await readPhotos(request, response);
    const query = withFields(early, request.query, fields);
    if (query.model !== early.model) clientKey = await admit(request, query.model, dependencies);
    assertAnswerSize(photos.length, query);
    const onPhoto = logStages(response);
    const { requestId } = localsOf(response);
    const asked = { photos, query, requestId, clientKey, owner: ownerOf(response), onPhoto };
    const answer = await active.run(response, ({ signal, deadlineAtMs }) =>
      predictions.predict({ ...asked, signal, deadlineAtMs }),
    );
    noteInLog(response, answer);
    release(response, readiness);
    response.setHeader('Cache-Control', 'no-store');
    sendJson(response, answer);
  };
}

function noteInLog(response: Response, { model, predictions }: PredictAnswer): void {
  const { logFields } = localsOf(response);
  logFields.version = model.version;
  logFields.images = predictions.length;
}
