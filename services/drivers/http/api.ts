// Serves an OpenAPI file: each operation authenticated, its purpose stated, its request and its answer checked.
import express from 'express';
import { HubError } from '../../domain/errors.ts';
import { accessNote, failureMeta } from './access-log.ts';
import { readOpenApi } from './openapi-document.ts';
import { answerCheck } from './check-answer.ts';
import { httpProblem, isHttpProblem } from './problems.ts';
import { businessCaseOf, checked, checkScopes, purposeOf, readBody, readQuery } from './request.ts';
import { sendProblem, sendText } from './respond.ts';
import type { Request, Response, Router } from 'express';
import type { Operation, Operations } from '../../ports/http.ts';
import type { HttpLogger } from './access-log.ts';
import type { Authenticate } from './authenticate.ts';
import type { OperationDescription } from './openapi-document.ts';

export interface ApiOptions {
  authenticate: Authenticate;
  logger: HttpLogger;
  /** Largest request body in bytes. */
  bodyLimit?: number;
}

/** A router and where the OpenAPI file says it belongs. */
export interface Mount {
  path: string;
  router: Router;
}

export interface Api {
  basePath: string;
  operationIds: readonly string[];
  /** Errors: CONTRACT_INVALID when an operation has no handler or a handler no operation. */
  mount(operations: Operations, options: ApiOptions): Mount;
}

/** Reads and compiles an OpenAPI file of `contracts/http/`; nothing of it is done again for a request. Errors: CONTRACT_INVALID. */
export function openApi(file: string): Api {
  const { basePath, operations: descriptions } = readOpenApi(file);
  const operationIds = descriptions.map(({ operationId }) => operationId);
  return {
    basePath,
    operationIds,
    mount(operations, options) {
      const unknown = Object.keys(operations).filter((id) => !operationIds.includes(id));
      const missing = operationIds.filter((id) => !(id in operations));
      if (unknown.length > 0 || missing.length > 0) {
        throw new HubError(
          'CONTRACT_INVALID',
          `${file.split('/').at(-1)}: no handler for ${missing.join(', ') || 'none'}; no operation for ${unknown.join(', ') || 'none'}`,
        );
      }
      const router = express.Router({ caseSensitive: true, strict: true });
      const parseBody = express.json({ limit: options.bodyLimit ?? 16_384 });
      for (const path of new Set(descriptions.map((description) => description.path))) {
        const here = descriptions.filter((description) => description.path === path);
        const route = router.route(path);
        for (const description of here) {
          const serve = server(description, operations[description.operationId]!, options, parseBody);
          route[description.method as 'get' | 'post'](serve);
        }
        // RFC 9110 §15.5.6: Allow must list what is allowed; GET brings HEAD.
        const allow = here.flatMap(({ method }) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()])).join(', ');
        route.all((_req, res) => refuse(res, httpProblem('METHOD_NOT_ALLOWED', `allowed here: ${allow}`, { headers: { Allow: allow } })));
      }
      return { path: basePath, router };
    },
  };
}

function refuse(res: Response, error: unknown): void {
  if (isHttpProblem(error)) accessNote(res).reason = error.reason;
  sendProblem(res, error);
}

type Handler = (req: Request, res: Response) => Promise<void>;

function server(
  description: OperationDescription,
  operation: Operation,
  { authenticate, logger }: ApiOptions,
  parseBody: express.RequestHandler,
): Handler {
  const { operationId, params, query, integers, body } = description;
  const check = answerCheck(description, logger);
  const [first = '', ...others] = description.mediaTypes;
  const wanted = (req: Request): string => (others.length > 0 && req.accepts([first, ...others])) || first;
  return async (req, res) => {
    const note = accessNote(res);
    note.operationId = operationId;
    try {
      // A cached token needs no wait.
      const known = authenticate(req.headers.authorization);
      const consumer = known instanceof Promise ? await known : known;
      note.consumer = consumer.id;
      checkScopes(description, consumer);
      const purpose = (note.purpose = purposeOf(description, req.headers['purpose'], consumer));
      const request = {
        params: checked(params, { ...req.params }, 'path') as Record<string, string>,
        query: checked(query, readQuery(req.url, integers), 'query') as object,
        body: body ? checked(body, await readBody(req, res, parseBody), 'body') : undefined,
        consumer,
        purpose,
        businessCase: businessCaseOf(description, req.headers['business-case']),
        mediaType: wanted(req),
      };
      const answer = await operation(request);
      const { contentType, text } = check(answer);
      sendText(res, answer.status, contentType, text, answer.headers);
    } catch (error) {
      if (!isExpected(error)) logger.error('request failed', { operationId, ...failureMeta(error) });
      refuse(res, error);
    }
  };
}

function isExpected(error: unknown): boolean {
  if (isHttpProblem(error)) return true;
  if (error instanceof HubError) return error.code === 'NOT_FOUND' || error.code === 'USAGE';
  return typeof (error as { status?: unknown }).status === 'number';
}
