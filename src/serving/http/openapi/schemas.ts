import { feedbackRecordSchema } from '../../../registry/feedback/feedback-record.ts';
import { jsonValueSchema } from '../../../registry/manifest.ts';
import { retrainResultSchema } from '../../../registry/retrain-record.ts';
import {
  failureSchema,
  predictAnswerSchema,
  predictionSchema,
  problemDocumentSchema,
  problemSchema,
} from '../../predict/answer.ts';
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
import { adminAnswerSchema, moveSchema, promoteSchema } from '../routes/admin-routes.ts';
import { feedbackAnswerSchema, feedbackPageSchema } from '../routes/feedback-routes.ts';
import { liveAnswerSchema, readyAnswerSchema } from '../routes/health-routes.ts';
import { driftSchema, modelsAnswerSchema, versionAnswerSchema } from '../routes/models-answer.ts';
import { retrainAnswerSchema, startRetrainSchema } from '../routes/retrain-routes.ts';
import { feedbackBodySchema } from '../upload/feedback-upload.ts';
import { jsonUploadSchema } from '../upload/photo-upload.ts';
import { SchemaWriter, type NamedSchemas } from './json-schema.ts';

/** Schemas of what the service writes. */
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

/** Schemas of what it reads. */
const requests: NamedSchemas = {
  Photos: jsonUploadSchema,
  FeedbackBody: feedbackBodySchema,
  Move: moveSchema,
  Promotion: promoteSchema,
  Retraining: startRetrainSchema,
  InferRequest: inferRequestSchema,
  IndexRequest: indexRequestSchema,
};

/** The API's schemas, the same that validate, by their names in the document. */
export const apiSchemas = new SchemaWriter(answers, requests);
