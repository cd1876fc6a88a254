// Reads an OpenAPI 3.1 file once and compiles what each operation demands of requests and of answers.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';
import { HubError } from '../../domain/errors.ts';
import type { ValidateFunction } from 'ajv';

interface DescribedAnswer {
  contentType: string;
  validate: ValidateFunction;
  types: ReadonlyMap<string, ValidateFunction>;
}

/** One operation, ready to serve. */
export interface OperationDescription {
  operationId: string;
  method: string;
  /** As Express writes it: `/packages/:id`. */
  path: string;
  /** Any one of these sets of scopes will do. */
  scopes: readonly (readonly string[])[];
  /** The purposes that may be stated; null when the operation reads no data and needs none. */
  purposes: ReadonlySet<string> | null;
  /** The header Business-Case; null where an operation takes none. */
  businessCase: ValidateFunction | null;
  params: ValidateFunction;
  query: ValidateFunction;
  /** Names of query parameters that are integers. */
  integers: readonly string[];
  body: ValidateFunction | null;
  /** By status: the media type given by default, and all of them. */
  answers: ReadonlyMap<number, DescribedAnswer>;
  /** The media types of the answer to what went well. */
  mediaTypes: readonly string[];
}

export interface ApiDescription {
  /** Where the file says it is served, e.g. `/portal/v1`. */
  basePath: string;
  operations: readonly OperationDescription[];
}

interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  schema: { type?: string; enum?: string[] };
}
interface OperationObject {
  operationId?: string;
  security?: Record<string, string[]>[];
  parameters?: (Parameter | Reference)[];
  requestBody?: { content: Record<string, { schema: object }> };
  responses: Record<string, Reference | { content: Record<string, { schema: object }> }>;
}
interface Reference {
  $ref: string;
}
interface Document {
  openapi: string;
  servers: { url: string }[];
  security?: Record<string, string[]>[];
  paths: Record<string, Record<string, OperationObject>>;
  components: Record<string, Record<string, unknown>>;
}

const methods = ['get', 'put', 'post', 'delete', 'patch'];

/** Errors: CONTRACT_INVALID, naming the file. */
export function readOpenApi(file: string): ApiDescription {
  const invalid = (text: string, cause?: unknown): HubError =>
    new HubError('CONTRACT_INVALID', `contracts/http/${basename(file)}: ${text}`, { cause });
  try {
    const document = parse(readFileSync(file, 'utf8')) as Document;
    if (!/^3\.1\.\d+$/.test(document.openapi)) throw invalid('is not OpenAPI 3.1');
    const compile = compilerFor(document);
    const operations = Object.entries(document.paths).flatMap(([path, item]) =>
      methods.flatMap((method) => (item[method] ? [describe(document, path, method, item[method], compile)] : [])),
    );
    return { basePath: document.servers[0]!.url, operations };
  } catch (cause) {
    if (cause instanceof HubError) throw cause;
    throw invalid((cause as Error).message.split('\n')[0]!, cause);
  }
}

type Compile = (schema: object) => ValidateFunction;

/** Compiles schemas in place: `#/components/…` resolves because each carries the components beside it. */
function compilerFor({ components }: Document): Compile {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, useDefaults: true }).addVocabulary(['components']);
  addFormats.default(ajv);
  return (schema) => ajv.compile({ ...schema, components });
}

function describe(document: Document, path: string, method: string, operation: OperationObject, compile: Compile): OperationDescription {
  const { operationId } = operation;
  if (operationId === undefined) throw new Error(`${method} ${path} has no operationId`);
  const parameters = (operation.parameters ?? []).map((parameter) => resolve<Parameter>(document, parameter));
  const of = (place: string): Parameter[] => parameters.filter((parameter) => parameter.in === place);
  const purpose = of('header').find(({ name }) => name === 'Purpose');
  const businessCase = of('header').find(({ name }) => name === 'Business-Case');
  const security = operation.security ?? document.security ?? [];
  const scopes = security.map((alternative) => Object.values(alternative).flat());
  // An empty alternative would let anybody in.
  if (scopes.length === 0 || scopes.some((set) => set.length === 0)) throw new Error(`${operationId} demands no scope`);
  const written = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
  if (
    written.join() !==
    of('path')
      .map(({ name }) => name)
      .join()
  )
    throw new Error(`${operationId} describes other path parameters than its path has`);
  const content = operation.requestBody?.content['application/json'];
  const answers = new Map(
    Object.entries(operation.responses).flatMap(([status, response]) => answerOf(document, status, response, compile)),
  );
  return {
    operationId,
    method,
    path: path.replace(/\{(\w+)\}/g, ':$1'),
    scopes,
    purposes: purpose ? new Set(purpose.schema.enum) : null,
    businessCase: businessCase ? compile(businessCase.schema) : null,
    params: compile(objectOf(of('path'))),
    query: compile(objectOf(of('query'))),
    integers: of('query').flatMap(({ name, schema }) => (schema.type === 'integer' ? [name] : [])),
    body: content ? compile(content.schema) : null,
    answers,
    mediaTypes: [...(answers.get(200)?.types.keys() ?? [])],
  };
}

function answerOf(
  document: Document,
  status: string,
  response: OperationObject['responses'][string],
  compile: Compile,
): [number, DescribedAnswer][] {
  const media = Object.entries(resolve<{ content?: Record<string, { schema: object }> }>(document, response).content ?? {});
  // `default` describes problems, which are made here and not by services.
  if (status === 'default' || media.length === 0) return [];
  const types = new Map(media.map(([type, { schema }]) => [type, compile(schema)]));
  const [[contentType, validate]] = types as unknown as [[string, ValidateFunction]];
  return [[Number(status), { contentType, validate, types }]];
}

function objectOf(parameters: readonly Parameter[]): object {
  return {
    type: 'object',
    properties: Object.fromEntries(parameters.map(({ name, schema }) => [name, schema])),
    required: parameters.flatMap(({ name, required }) => (required ? [name] : [])),
    additionalProperties: false,
  };
}

function resolve<T extends object>(document: Document, value: T | Reference): T {
  if (!('$ref' in value)) return value;
  const { $ref } = value;
  const [, kind, name] = /^#\/components\/(\w+)\/(\w+)$/.exec($ref) ?? [];
  const found = document.components[kind ?? '']?.[name ?? ''];
  if (found === undefined) throw new Error(`${$ref} does not exist`);
  return found as T;
}
