import { feedbackRecordSchema } from '../../registry/feedback/feedback-record.ts';
import {
  failureSchema,
  predictAnswerSchema,
  predictionSchema,
  problemDocumentSchema,
  problemSchema,
} from '../../predict/answer.ts';
import { jsonValueSchema } from '../../registry/manifest.ts';
import { retrainResultSchema } from '../../registry/retrain-record.ts';
import { adminAnswerSchema, moveSchema, promoteSchema } from '../admin-routes.ts';
import { driftSchema } from '../drift-answer.ts';
import { feedbackAnswerSchema, feedbackPageSchema } from '../feedback-routes.ts';
import { feedbackBodySchema } from '../feedback-upload.ts';
import { liveAnswerSchema, readyAnswerSchema } from '../health-routes.ts';
import {
  indexRequestSchema,
  inferAnswerSchema,
  inferRequestSchema,
  modelMetadataSchema,
  modelReadySchema,
  modelStatsSchema,
  protocolFaultSchema,
  repositoryIndexSchema,
  serverLiveSchema,
  serverMetadataSchema,
  serverReadySchema,
} from '../inference-protocol/protocol-schemas.ts';
import { jsonUploadSchema } from '../json-upload.ts';
import { modelsAnswerSchema, versionAnswerSchema } from '../models-answer.ts';
import { retrainAnswerSchema } from '../retrain-answer.ts';
import { startRetrainSchema } from '../retrain-routes.ts';
import { SchemaWriter, type NamedSchemas } from './json-schema.ts';

/** What the service writes. */
const answers: NamedSchemas = {
  PredictAnswer: predictAnswerSchema,
  Prediction: predictionSchema,
  Failure: failureSchema,
  Problem: problemDocumentSchema,
  PhotoProblem: problemSchema,
  ModelsAnswer: modelsAnswerSchema,
  Drift: driftSchema,
  VersionAnswer: versionAnswerSchema,
  Manifest: versionAnswerSchema.shape.manifest,
  Json: jsonValueSchema,
  FeedbackAnswer: feedbackAnswerSchema,
  FeedbackPage: feedbackPageSchema,
  FeedbackRecord: feedbackRecordSchema,
  AdminAnswer: adminAnswerSchema,
  RetrainAnswer: retrainAnswerSchema,
  RetrainResult: retrainResultSchema,
  Live: liveAnswerSchema,
  Ready: readyAnswerSchema,
  InferAnswer: inferAnswerSchema,
  ProtocolFault: protocolFaultSchema,
  ServerLive: serverLiveSchema,
  ServerReady: serverReadySchema,
  ServerMetadata: serverMetadataSchema,
  ModelMetadata: modelMetadataSchema,
  ModelReady: modelReadySchema,
  ModelStats: modelStatsSchema,
  RepositoryIndex: repositoryIndexSchema,
};

/** What it reads. */
const requests: NamedSchemas = {
  Photos: jsonUploadSchema,
  FeedbackBody: feedbackBodySchema,
  Move: moveSchema,
  Promotion: promoteSchema,
  Retraining: startRetrainSchema,
  InferRequest: inferRequestSchema,
  IndexRequest: indexRequestSchema,
};

/** The API's schemas, the very ones that validate, by the names that the document gives them. */
export const apiSchemas = new SchemaWriter(answers, requests);
