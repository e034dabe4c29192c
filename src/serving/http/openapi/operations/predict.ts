import { predictAnswerSchema } from '../../../predict/answer.ts';
import { predictQuerySchema } from '../../../predict/predict-query.ts';
import { imageFormats } from '../../../../inference/preprocess/format/image-format.ts';
import { PHOTO_FIELD } from '../../upload/multipart-upload.ts';
import { jsonUploadSchema } from '../../upload/photo-upload.ts';
import type { ErrorCode } from '../../../../common/errors.ts';
import type { JsonSchema } from '../json-schema.ts';
import type { Content, Operation } from '../operation.ts';

export const photoFile: JsonSchema = { type: 'string', format: 'binary', description: 'a photo' };

/** Errors of a photo. */
export const photoFaults: readonly ErrorCode[] = [
  'image_too_large',
  'too_many_pixels',
  'decoding_too_costly',
  'unsupported_image_format',
  'image_undecodable',
  'image_too_small',
];

/** Errors of the body. */
export const bodyFaults: readonly ErrorCode[] = [
  'malformed_request',
  'no_image',
  'request_too_large',
  'too_many_images',
  'too_many_fields',
  'unsupported_media_type',
  'request_timeout',
  'uploads_full',
];

/** Errors of any answer that needs the network. */
export const inferenceFaults: readonly ErrorCode[] = [
  'queue_full',
  'decoder_unavailable',
  'inference_failed',
  'model_not_ready',
  'shutting_down',
  'deadline_exceeded',
];

const rawPhotos: Content = Object.fromEntries(
  [...imageFormats.map((format) => `image/${format}`), 'application/octet-stream'].map((type) => [
    type,
    photoFile,
  ]),
);

const form: JsonSchema = {
  type: 'object',
  properties: { [PHOTO_FIELD]: { type: 'array', items: photoFile, minItems: 1 } },
  required: [PHOTO_FIELD],
};

export const predictOperations: readonly Operation[] = [
  {
    id: 'predict',
    method: 'post',
    path: '/v1/predict',
    tag: 'predictions',
    summary: 'Find the faces in each photo and estimate their ages',
    description:
      'Photos come as files of a form, as one raw body, or as base64 in JSON; what they are is read from their ' +
      'first bytes. The largest face of each photo is answered, or with `faces=all` all of them; with `faces=none` the photo ' +
      'is the framed face. A photo that cannot be answered has its `error` in its place while the others are answered; ' +
      'where none can be, the answer is the first one’s problem, with all of them in `errors`. The parameters of the query may ' +
      'also be text fields of the form, each in one of both places; other fields are refused.',
    query: predictQuerySchema,
    headers: {
      'X-Client-Key': {
        description:
          'names the client while a canary takes part: one client stays with one version; without it the address does. ' +
          'The operator may give the header another name',
        schema: { type: 'string' },
      },
    },
    body: {
      required: true,
      content: { 'multipart/form-data': form, 'application/json': jsonUploadSchema, ...rawPhotos },
    },
    answers: {
      200: {
        description:
          'Each photo’s prediction, its list of faces with `faces=all`, or its error, in the order sent',
        content: { 'application/json': predictAnswerSchema },
      },
    },
    faults: [
      ...bodyFaults,
      'invalid_query',
      'edge_not_supported',
      'model_not_found',
      'model_not_loaded',
      ...photoFaults,
      'crop_outside_image',
      'no_face',
      ...inferenceFaults,
      'registry_unavailable',
    ],
  },
];
