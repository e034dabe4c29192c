import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { expect } from 'vitest';
import type { OpenApiDocument, ResponseObject } from '../../src/serving/http/openapi/document.ts';
import type { HttpAnswer } from './answer-to.ts';

/** Validates real responses against the document, and records which ones it has seen. */
export class OpenApiCheck {
  /** `<operationId> <status>` of every answer that was checked. */
  readonly seen = new Set<string>();
  readonly #document: OpenApiDocument;
  readonly #ajv: Ajv2020;

  constructor(document: OpenApiDocument) {
    this.#document = closed(document) as OpenApiDocument;
    this.#ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false });
    formats.default(this.#ajv);
    this.#ajv.addFormat('binary', true);
    this.#ajv.addVocabulary(['components', 'paths', 'openapi', 'info', 'servers', 'tags']);
    this.#ajv.addSchema(this.#document, 'api');
  }

  /** Fails if status, media type, headers or body are not as documented; the body may hold no undocumented field. */
  answer(operationId: string, answer: HttpAnswer): void {
    const { responses } = this.#find(operationId).operation;
    const documented = responses[String(answer.status)];
    expect(documented, `${operationId} answers ${answer.status}: ${answer.text}`).toBeDefined();
    expect(answer.headers).toHaveProperty('x-request-id');
    this.#checkBody(operationId, documented!, answer);
    this.seen.add(`${operationId} ${answer.status}`);
  }

  /** Whether the body of a request is as documented. */
  body(operationId: string, mediaType: string, value: unknown): boolean {
    const { path, method } = this.#find(operationId);
    const place = ['paths', path, method, 'requestBody', 'content', mediaType, 'schema'];
    return this.#validator(place)(value);
  }

  #checkBody(operationId: string, { content }: ResponseObject, answer: HttpAnswer): void {
    if (content === undefined) {
      expect(answer.text).toBe('');
      return;
    }
    const [mediaType] = (answer.headers['content-type'] ?? '').split(';');
    expect(Object.keys(content)).toContain(mediaType);
    const { path, method } = this.#find(operationId);
    const place = ['responses', String(answer.status), 'content', mediaType!, 'schema'];
    const validate = this.#validator(['paths', path, method, ...place]);
    const isText = mediaType!.startsWith('text/');
    validate(isText ? answer.text : answer.body);
    expect(validate.errors, `${operationId} ${answer.status}`).toBeNull();
  }

  #validator(place: readonly string[]): ValidateFunction {
    const pointer = place.map((key) =>
      encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1')),
    );
    return this.#ajv.getSchema(`api#/${pointer.join('/')}`)!;
  }

  #find(operationId: string) {
    for (const [path, methods] of Object.entries(this.#document.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        if (operation.operationId === operationId) return { path, method, operation };
      }
    }
    throw new Error(`the document has no operation ${operationId}`);
  }
}

/** Clients must accept additional fields, but this check must not: it closes open objects. */
function closed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closed);
  if (typeof node !== 'object' || node === null) return node;
  const entries = Object.entries(node).map(([key, value]) => [key, closed(value)]);
  const copy = Object.fromEntries(entries) as Record<string, unknown>;
  const isObject = copy.type === 'object' && 'properties' in copy;
  return isObject && !('additionalProperties' in copy)
    ? { ...copy, additionalProperties: false }
    : copy;
}
