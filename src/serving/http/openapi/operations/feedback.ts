import {
  feedbackAnswerSchema,
  feedbackPageSchema,
  pageQuerySchema,
} from '../../routes/feedback-routes.ts';
import { feedbackBodySchema } from '../../upload/feedback-upload.ts';
import type { JsonSchema } from '../json-schema.ts';
import type { Operation } from '../operation.ts';
import { bodyFaults, inferenceFaults, photoFaults, photoFile } from './predict.ts';

const wholeYears = (description: string): JsonSchema => ({
  ...{ type: 'integer', minimum: 0, maximum: 120 },
  description,
});

const form: JsonSchema = {
  type: 'object',
  properties: {
    image: photoFile,
    age: wholeYears('the true age in whole years; or give minAge and maxAge'),
    minAge: wholeYears('the lowest age that the person may have'),
    maxAge: wholeYears('the highest age that the person may have'),
    face: {
      type: 'string',
      description:
        'whose age it is, where the photo shows several faces: the box as x,y,width,height in pixels of the photo as displayed',
    },
    source: { type: 'string', description: 'a label of your own for where it comes from' },
  },
  required: ['image'],
};

const answered = { content: { 'application/json': feedbackAnswerSchema } };

export const feedbackOperations: readonly Operation[] = [
  {
    id: 'giveFeedback',
    method: 'post',
    path: '/v1/feedback',
    tag: 'feedback',
    summary: 'Store a face with its true age for training',
    description:
      'The photo comes with the request, or is that of a prediction this server has just made. What surrounds the face is ' +
      'stored, without metadata. Off unless FEEDBACK_STORE is set.',
    body: {
      required: true,
      content: { 'multipart/form-data': form, 'application/json': feedbackBodySchema },
    },
    answers: {
      201: { description: 'Stored. The id allows its removal', ...answered },
      200: { description: 'Stored already with this age, by the same API key', ...answered },
    },
    faults: [
      ...bodyFaults,
      'cross_origin',
      'feedback_off',
      'prediction_forgotten',
      'feedback_conflict',
      ...photoFaults,
      'crop_outside_image',
      'no_face',
      'several_faces',
      'invalid_query',
      'rate_limited',
      ...inferenceFaults,
      'feedback_unavailable',
      'feedback_full',
    ],
  },
  {
    id: 'listFeedback',
    method: 'get',
    path: '/v1/feedback',
    tag: 'feedback',
    summary: 'List the stored feedback in pages',
    query: pageQuerySchema,
    answers: {
      200: { description: 'A page', content: { 'application/json': feedbackPageSchema } },
    },
    faults: [
      'invalid_query',
      'unauthorized',
      'admin_off',
      'forbidden',
      'feedback_off',
      'feedback_unavailable',
      'deadline_exceeded',
    ],
    admin: true,
  },
  {
    id: 'removeFeedback',
    method: 'delete',
    path: '/v1/feedback/{id}',
    tag: 'feedback',
    summary: 'Remove a photo and its age for good',
    pathParameters: {
      id: { description: 'as `POST /v1/feedback` gave it', schema: { type: 'string' } },
    },
    answers: { 204: { description: 'Gone' } },
    faults: [
      'cross_origin',
      'feedback_off',
      'feedback_not_found',
      'feedback_unavailable',
      'deadline_exceeded',
    ],
  },
];
