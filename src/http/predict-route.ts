import type { Request, RequestHandler, Response } from 'express';
import type { PredictAnswer } from '../predict/answer.ts';
import { parsePredictQuery } from '../predict/predict-query.ts';
import type { PredictService } from '../predict/predict-service.ts';
import type { ActiveRequests } from './active-requests.ts';
import { admit, type AdmissionDependencies } from './admission.ts';
import { letGo } from './close-while-draining.ts';
import type { PhotoReader } from './photo-upload.ts';
import type { Readiness } from './readiness.ts';
import { localsOf } from './request-locals.ts';
import { sendJson } from './send-json.ts';
import { logStages } from './stage-log.ts';

export interface PredictRouteDependencies extends AdmissionDependencies {
  readPhotos: PhotoReader;
  predictions: Pick<PredictService, 'predict' | 'assertRoom'>;
  readiness: Readiness;
  active: ActiveRequests;
}

/** `POST /v1/predict`. What can be refused by query, readiness, a full queue and headers is refused before the body is read. */
export function predictRoute(dependencies: PredictRouteDependencies): RequestHandler {
  const { readPhotos, predictions, readiness, active } = dependencies;
  return async (request: Request, response: Response) => {
    const query = parsePredictQuery(request.query);
    const clientKey = await admit(request, query.model, dependencies);
    const photos = await readPhotos(request, response);
    const onPhoto = logStages(response);
    const { requestId } = localsOf(response);
    const answer = await active.run(response, ({ signal, deadlineAtMs }) =>
      predictions.predict({ photos, query, requestId, clientKey, onPhoto, signal, deadlineAtMs }),
    );
    noteInLog(response, answer);
    letGo(response, readiness);
    response.setHeader('Cache-Control', 'no-store');
    sendJson(response, answer);
  };
}

function noteInLog(response: Response, { model, predictions }: PredictAnswer): void {
  const { logFields } = localsOf(response);
  logFields.version = model.version;
  logFields.images = predictions.length;
}
