import { z } from 'zod';
import { errorTable, type ErrorCode } from '../../../common/errors.ts';
import { parameterSchema, type JsonSchema, type SchemaWriter } from './json-schema.ts';
import type { Answer, Content, FaultShape, Operation, Parameter } from './operation.ts';

export interface DocumentInfo {
  title: string;
  version: string;
  description: string;
  license: { name: string; identifier: string };
}

/** An OpenAPI 3.1 document; plain data. */
export interface OpenApiDocument {
  openapi: '3.1.1';
  info: DocumentInfo;
  servers: { url: string }[];
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, OperationObject>>;
  components: Record<string, Record<string, JsonSchema>>;
}

export interface OperationObject {
  operationId: string;
  responses: Record<string, ResponseObject>;
  requestBody?: { required: boolean; content: Record<string, { schema: JsonSchema }> };
  parameters?: JsonSchema[];
  security?: Record<string, never[]>[];
  [more: string]: unknown;
}

export interface ResponseObject {
  description: string;
  headers?: Record<string, JsonSchema>;
  content?: Record<string, { schema: JsonSchema }>;
}

export interface DocumentParts {
  info: DocumentInfo;
  /** Name → description. */
  tags: Record<string, string>;
  operations: readonly Operation[];
  schemas: SchemaWriter;
  /** The media type and the schema of each format of errors. */
  faults: Record<FaultShape, { mediaType: string; schema: z.ZodType }>;
}

/** Assembles the document. It holds no address, so it is the same wherever the service runs. */
export function writeDocument(parts: DocumentParts): OpenApiDocument {
  const paths: OpenApiDocument['paths'] = {};
  for (const operation of parts.operations) {
    (paths[operation.path] ??= {})[operation.method] = toOperationObject(operation, parts);
  }
  return {
    openapi: '3.1.1',
    info: parts.info,
    servers: [{ url: '.' }],
    tags: Object.entries(parts.tags).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: parts.schemas.components(),
      securitySchemes: {
        admin: { type: 'http', scheme: 'bearer', description: 'ADMIN_TOKEN of the server' },
        apiKey: {
          type: 'apiKey',
          in: 'header',
          name: 'X-API-Key',
          description: 'required where API_KEYS is set',
        },
      },
    },
  };
}

function toOperationObject(operation: Operation, parts: DocumentParts): OperationObject {
  const { id, tag, summary, description, body } = operation;
  const parameters = parametersOf(operation);
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : { requestBody: { required: body.required, content: toContent(body.content, parts) } }),
    responses: { ...answersOf(operation, parts), ...faultsOf(operation, parts) },
    ...securityOf(operation),
  };
}

/** The alternatives, of which any one suffices; an empty one requires nothing. */
function securityOf({ admin, mayNeedKey }: Operation): Pick<OperationObject, 'security'> {
  if (admin === true) return { security: [{ admin: [] }] };
  return mayNeedKey === true ? { security: [{}, { apiKey: [] }] } : {};
}

function parametersOf({ query, pathParameters = {}, headers = {} }: Operation): JsonSchema[] {
  const inPath = Object.entries(pathParameters).map(([name, parameter]) =>
    toParameter(name, 'path', parameter),
  );
  const inHeaders = Object.entries(headers).map(([name, parameter]) =>
    toParameter(name, 'header', parameter),
  );
  const inQuery = Object.entries(query?.shape ?? {}).map(([name, schema]) => {
    const { description, ...rest } = parameterSchema(schema as z.ZodType);
    // Lists are written with commas: `atLeast=18,21`.
    return { name, in: 'query', description, schema: rest, style: 'form', explode: false };
  });
  return [...inPath, ...inQuery, ...inHeaders];
}

function toParameter(name: string, place: string, { description, schema }: Parameter): JsonSchema {
  return { name, in: place, description, schema, ...(place === 'path' ? { required: true } : {}) };
}

function answersOf({ answers }: Operation, parts: DocumentParts): Record<string, ResponseObject> {
  return Object.fromEntries(
    Object.entries(answers).map(([status, answer]) => [status, toResponse(answer, parts)]),
  );
}

function toResponse({ description, content, headers }: Answer, parts: DocumentParts) {
  return {
    description,
    headers: textHeaders({ ...headers, 'X-Request-Id': 'identifies this request in the log' }),
    ...(content === undefined ? {} : { content: toContent(content, parts) }),
  };
}

function textHeaders(headers: Record<string, string>): Record<string, JsonSchema> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [
      name,
      { description, schema: { type: 'string' } },
    ]),
  );
}

function toContent(content: Content, { schemas }: DocumentParts) {
  return Object.fromEntries(
    Object.entries(content).map(([mediaType, schema]) => [
      mediaType,
      { schema: schema instanceof z.ZodType ? schemas.refTo(schema) : schema },
    ]),
  );
}

/** One response for each status, with the error codes that it may carry and their meaning. */
function faultsOf(
  { faults, faultShape = 'problem' }: Operation,
  parts: DocumentParts,
): Record<string, ResponseObject> {
  const statuses = [...new Set(faults.map((code) => errorTable[code].status))];
  const shape = parts.faults[faultShape];
  const ref = parts.schemas.refTo(shape.schema);
  const entries = statuses.map((status): [string, ResponseObject] => {
    const codes = faults.filter((code) => errorTable[code].status === status);
    const schema = faultShape === 'problem' ? narrow(ref, codes) : ref;
    return [
      String(status),
      { description: describe(codes), content: { [shape.mediaType]: { schema } } },
    ];
  });
  const other = { description: 'Any other error', content: { [shape.mediaType]: { schema: ref } } };
  return { ...Object.fromEntries(entries), default: other };
}

function narrow(ref: JsonSchema, codes: readonly ErrorCode[]): JsonSchema {
  return { allOf: [ref, { properties: { code: { enum: codes } } }] };
}

function describe(codes: readonly ErrorCode[]): string {
  return codes.map((code) => `\`${code}\`: ${errorTable[code].title}`).join('; ');
}
