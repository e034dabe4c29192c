import type { z } from 'zod';
import type { ErrorCode } from '../../../common/errors.ts';
import type { JsonSchema } from './json-schema.ts';

/** Media type → the zod schema that validates the body, or a JSON Schema where no code of ours parses it. */
export type Content = Record<string, z.ZodType | JsonSchema>;

export interface Answer {
  description: string;
  content?: Content;
  /** Name → description. All values are text. */
  headers?: Record<string, string>;
}

/** The format of an operation's errors: RFC 9457 problems, or that of the Open Inference Protocol. */
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
  /** The schema that validates the query. */
  query?: z.ZodObject;
  /** Name → description and schema. */
  pathParameters?: Record<string, Parameter>;
  headers?: Record<string, Parameter>;
  body?: { required: boolean; content: Content };
  answers: Record<number, Answer>;
  faults: readonly ErrorCode[];
  faultShape?: FaultShape;
  /** Requires the admin's bearer token. */
  admin?: boolean;
  /** Requires an API key where the operator has set any. */
  mayNeedKey?: boolean;
}

export interface Parameter {
  description: string;
  schema: JsonSchema;
}
