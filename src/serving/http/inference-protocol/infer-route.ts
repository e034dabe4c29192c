import type { Request, RequestHandler, Response, Express } from 'express';
import { ServiceError } from '../../../common/errors.ts';
import { inputLength } from '../../../inference/preprocess/spec.ts';
import { parsePredictQuery } from '../../predict/predict-query.ts';
import type { PredictService } from '../../predict/predict-service.ts';
import { type ActiveRequests, admit, type AdmissionDependencies } from '../middleware/admission.ts';
import { localsOf, ownerOf } from '../middleware/request-context.ts';
import { logStages } from '../routes/predict-route.ts';
import { release, type Readiness } from '../server/readiness.ts';
import { mount } from '../server/routing.ts';
import { readBody } from '../upload/body.ts';
import type { UploadBudget } from '../upload/upload-budget.ts';
import {
  inviteBody,
  assertDeclaredLength,
  requestTooLarge,
  type UploadLimits,
} from '../upload/upload-limits.ts';
import { toInferAnswer, type InferAnswer } from './infer-answer.ts';
import { readInferBody } from './infer-body.ts';
import {
  assertModelName,
  modelMetadataRoute,
  modelReadyRoute,
  modelStatsRoute,
  repositoryIndexRoute,
  serverLiveRoute,
  serverMetadataRoute,
  serverReadyRoute,
  type MetadataDependencies,
} from './metadata-routes.ts';

const JSON_LENGTH_HEADER = 'Inference-Header-Content-Length';

export interface InferRouteDependencies extends AdmissionDependencies {
  modelName: string;
  predictions: Pick<PredictService, 'estimate' | 'describe' | 'assertRoom'>;
  readiness: Readiness;
  active: ActiveRequests;
  limits: UploadLimits;
  uploads: UploadBudget;
}

/** `POST /v2/models/:name[/versions/:version]/infer` */
export function inferRoute(dependencies: InferRouteDependencies): RequestHandler {
  const { predictions, readiness, active, limits, uploads } = dependencies;
  return async (request, response) => {
    assertModelName(request, dependencies);
    const { version } = request.params;
    const query = parsePredictQuery(version === undefined ? {} : { model: version });
    const clientKey = await admit(request, query.model, dependencies);
    const jsonBytes = jsonLength(request);
    assertDeclaredLength(request, limits);
    const upload = uploads.open(request, response);
    inviteBody(request, response);
    const body = await readBody(request, limits.requestMaxBytes, requestTooLarge, upload);
    const inputPixels = await pixelsOf(query.model, dependencies);
    const requested = await readInferBody(body, jsonBytes, { ...limits, inputPixels });
    const onPhoto = logStages(response);
    const { requestId, logFields } = localsOf(response);
    const estimates = await active.run(response, (scope) =>
      predictions.estimate({
        photos: requested.photos,
        // Clients of the protocol send the network's input, whatever the server's default is.
        query: { ...query, faces: requested.request.parameters?.faces ?? 'none' },
        requestId,
        clientKey,
        owner: ownerOf(response),
        onPhoto,
        ...scope,
      }),
    );
    logFields.version = estimates.model.manifest.version;
    logFields.images = requested.photos.length;
    release(response, readiness);
    send(response, toInferAnswer(estimates, requested));
  };
}

async function pixelsOf(
  selector: string | undefined,
  { predictions }: InferRouteDependencies,
): Promise<number> {
  return inputLength((await predictions.describe(selector)).manifest.preprocess);
}

/**
 * The length of the JSON at the start of the body; 0 where the content type is that of a photo.
 * @throws ServiceError `malformed_request` or `unsupported_media_type`
 */
function jsonLength(request: Request): number | undefined {
  if ((request.get('content-encoding') ?? 'identity') !== 'identity') {
    throw new ServiceError('unsupported_media_type', 'A compressed body is not taken.');
  }
  const header = request.get(JSON_LENGTH_HEADER);
  if (header === undefined) {
    return request.get('content-type')?.startsWith('image/') === true ? 0 : undefined;
  }
  if (/^\d{1,10}$/.test(header)) return Number(header);
  throw new ServiceError('malformed_request', `${JSON_LENGTH_HEADER} is no length.`);
}

function send(response: Response, { answer, binary }: InferAnswer): void {
  response.setHeader('Cache-Control', 'no-store');
  if (binary.length === 0) {
    response.json(answer);
    return;
  }
  const json = Buffer.from(JSON.stringify(answer));
  response.setHeader(JSON_LENGTH_HEADER, json.length);
  response.type('application/octet-stream').send(Buffer.concat([json, ...binary]));
}

export type ProtocolDependencies = InferRouteDependencies & MetadataDependencies;

/** The Open Inference Protocol, version 2, with the extensions for binary tensors, classification and statistics. */
export function mountProtocol(app: Express, dependencies: ProtocolDependencies): void {
  mount(app, '/v2', { get: serverMetadataRoute(dependencies) });
  mount(app, '/v2/health/live', { get: serverLiveRoute });
  mount(app, '/v2/health/ready', { get: serverReadyRoute(dependencies) });
  mount(app, '/v2/repository/index', { post: repositoryIndexRoute(dependencies) });
  const infer = inferRoute(dependencies);
  for (const model of ['/v2/models/:name', '/v2/models/:name/versions/:version']) {
    mount(app, model, { get: modelMetadataRoute(dependencies) });
    mount(app, `${model}/ready`, { get: modelReadyRoute(dependencies) });
    mount(app, `${model}/stats`, { get: modelStatsRoute(dependencies) });
    mount(app, `${model}/infer`, { post: infer });
  }
}
