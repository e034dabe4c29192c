import type { z } from 'zod';
import type { ErrorCode } from '../../../common/errors.ts';
import type { JsonSchema } from './json-schema.ts';

/** What a body holds: a schema that validates it, or a plain JSON Schema where no code of ours looks inside. */
export type Content = Record<string, z.ZodType | JsonSchema>;

export interface Answer {
  description: string;
  content?: Content;
  /** Name → what it says; all are text. */
  headers?: Record<string, string>;
}

/** How an operation tells of its errors: as RFC 9457 problems, or in the shape of the Open Inference Protocol. */
export type FaultShape = 'problem' | 'protocol';

/** One method of one route, as the document describes it. */
export interface Operation {
  id: string;
  method: 'get' | 'post' | 'delete';
  /** With parameters in braces, as in `/v1/models/{version}`. */
  path: string;
  tag: string;
  summary: string;
  description?: string;
  /** What validates the query. */
  query?: z.ZodObject;
  /** Of the path and of headers: name → description, with an example. */
  pathParameters?: Record<string, Parameter>;
  headers?: Record<string, Parameter>;
  body?: { required: boolean; content: Content };
  answers: Record<number, Answer>;
  faults: readonly ErrorCode[];
  faultShape?: FaultShape;
  /** Needs the admin's bearer token. */
  admin?: boolean;
  /** Needs an API key where the operator has set any. */
  mayNeedKey?: boolean;
}

export interface Parameter {
  description: string;
  schema: JsonSchema;
}
