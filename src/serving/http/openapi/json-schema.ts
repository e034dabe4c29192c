import { z } from 'zod';

/** A JSON Schema of draft 2020-12, the dialect of OpenAPI 3.1. */
export type JsonSchema = Record<string, unknown>;

const COMPONENTS = '#/components/schemas/';

/** Name in the document → schema. */
export type NamedSchemas = Readonly<Record<string, z.ZodType>>;

/**
 * Converts zod schemas to JSON Schema, in which named schemas become references.
 *
 * zod-openapi does not fit: it documents query parameters as the text that is sent, without default and bounds, refuses
 * request schemas with a transform, and duplicates each schema that occurs in both directions.
 * @param answers what the service writes; clients must expect further fields, so objects stay open
 * @param requests what the service reads, before any transformation
 */
export class SchemaWriter {
  readonly #answers: z.core.$ZodRegistry<{ id: string }>;
  readonly #requests: z.core.$ZodRegistry<{ id: string }>;
  readonly #names: ReadonlyMap<z.ZodType, string>;

  constructor(answers: NamedSchemas, requests: NamedSchemas) {
    this.#answers = registryOf(answers);
    this.#requests = registryOf(requests);
    const named = [...Object.entries(answers), ...Object.entries(requests)];
    this.#names = new Map(named.map(([name, schema]) => [schema, name]));
  }

  /** The named schemas, for the document's components. */
  components(): Record<string, JsonSchema> {
    const answers = z.toJSONSchema(this.#answers, { uri: refTo, override: tidyAnswer });
    const requests = z.toJSONSchema(this.#requests, { uri: refTo, io: 'input', override: tidy });
    const all = { ...answers.schemas, ...requests.schemas };
    return Object.fromEntries(
      Object.entries(all).map(([name, schema]) => [name, withoutHead(schema)]),
    );
  }

  /** @throws Error where the schema has no name; every body in the document needs one */
  refTo(schema: z.ZodType): JsonSchema {
    const name = this.#names.get(schema);
    if (name === undefined)
      throw new Error('a schema of the API has no name in openapi/schemas.ts');
    return { $ref: refTo(name) };
  }
}

/**
 * The schema of a query parameter: of the parsed value, which generated clients should take, where JSON Schema can express
 * it; else of the text that is sent.
 */
export function parameterSchema(schema: z.ZodType): JsonSchema {
  const read = withoutHead(z.toJSONSchema(schema, { unrepresentable: 'any', override: tidy }));
  if (read.type !== undefined || read.enum !== undefined) return read;
  return withoutHead(z.toJSONSchema(schema, { io: 'input', override: tidy }));
}

function refTo(name: string): string {
  return `${COMPONENTS}${name}`;
}

function registryOf(named: NamedSchemas): z.core.$ZodRegistry<{ id: string }> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id });
  return registry;
}

interface OverrideContext {
  jsonSchema: z.core.JSONSchema.BaseSchema;
}

/** Removes bounds that are only the limits of JavaScript's safe integers. */
function tidy({ jsonSchema }: OverrideContext): void {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
}

function tidyAnswer(context: OverrideContext): void {
  tidy(context);
  if (context.jsonSchema.additionalProperties === false) {
    delete context.jsonSchema.additionalProperties;
  }
}

/** Removes dialect and address, which the document defines. */
function withoutHead(schema: JsonSchema): JsonSchema {
  return Object.fromEntries(
    Object.entries(schema).filter(([key]) => key !== '$schema' && key !== '$id'),
  );
}
