// What is demanded of every request: scope, purpose, and that path, query and body fit the OpenAPI file.
import { parse as parseQuery } from 'node:querystring';
import { promisify } from 'node:util';
import { httpProblem } from './problems.ts';
import type { ErrorObject, ValidateFunction } from 'ajv';
import type { Request, RequestHandler, Response } from 'express';
import type { AuthenticatedConsumer } from './authenticate.ts';
import type { OperationDescription } from './openapi-document.ts';
import type { Misfit } from './problems.ts';

/** Errors: SCOPE_MISSING. */
export function checkScopes({ scopes }: OperationDescription, consumer: AuthenticatedConsumer): void {
  if (scopes.some((set) => set.every((scope) => consumer.scopes.includes(scope)))) return;
  const wanted = scopes[0]!.join(' ');
  // RFC 6750 §3.1: insufficient_scope names what would do.
  const headers = { 'WWW-Authenticate': `Bearer realm="hub", error="insufficient_scope", scope="${wanted}"` };
  throw httpProblem('SCOPE_MISSING', `this needs the scope ${scopes.map((set) => set.join(' and ')).join(', or ')}`, { headers });
}

/** The purpose stated, if the operation wants one. Errors: PURPOSE_MISSING, PURPOSE_FORBIDDEN. */
export function purposeOf(
  { purposes }: OperationDescription,
  stated: string | string[] | undefined,
  consumer: AuthenticatedConsumer,
): string | null {
  if (purposes === null) return null;
  if (typeof stated !== 'string' || !purposes.has(stated)) {
    const errors: Misfit[] = [{ in: 'header', pointer: '/Purpose', detail: `must be one of ${[...purposes].join(', ')}` }];
    throw httpProblem('PURPOSE_MISSING', 'the header Purpose must say what the data are read for', { errors });
  }
  if (!consumer.purposes.has(stated))
    throw httpProblem('PURPOSE_FORBIDDEN', `the contract of this consumer does not allow the purpose ${stated}`);
  return stated;
}

/** The business case stated, where an operation takes one. Errors: REQUEST_INVALID. */
export function businessCaseOf({ businessCase }: OperationDescription, stated: string | string[] | undefined): string | null {
  if (businessCase === null || stated === undefined) return null;
  return checked(businessCase, stated, 'header') as string;
}

/** Query parameters by name, integers as numbers; a repeated one is a list, which no schema here allows. */
export function readQuery(url: string, integers: readonly string[]): Record<string, unknown> {
  const start = url.indexOf('?');
  if (start < 0) return {};
  const query: Record<string, unknown> = { ...parseQuery(url.slice(start + 1)) };
  for (const name of integers) {
    const text = query[name];
    if (typeof text === 'string' && /^\d{1,16}$/.test(text)) query[name] = Number(text);
  }
  return query;
}

/** Errors: MEDIA_TYPE_UNSUPPORTED, and those of the body parser. */
export async function readBody(req: Request, res: Response, parseBody: RequestHandler): Promise<unknown> {
  if (req.is('application/json') === false) throw httpProblem('MEDIA_TYPE_UNSUPPORTED', 'send application/json');
  await promisify<Request, Response>(parseBody)(req, res);
  return req.body;
}

/** The value if it fits. Errors: REQUEST_INVALID. */
export function checked(validate: ValidateFunction, value: unknown, place: Misfit['in']): unknown {
  if (validate(value)) return value;
  const [error] = validate.errors!;
  const misfit: Misfit = { in: place, pointer: error!.instancePath, detail: expectation(error!) };
  throw httpProblem('REQUEST_INVALID', `${place}${misfit.pointer}: ${misfit.detail}`, { errors: [misfit] });
}

/** What was expected: ajv's own words, which hold what the schema says and never the value. */
function expectation(error: ErrorObject): string {
  const allowed = error.keyword === 'enum' ? `: ${(error.params as { allowedValues: unknown[] }).allowedValues.join(', ')}` : '';
  return `${error.message ?? 'does not fit'}${allowed}`;
}
