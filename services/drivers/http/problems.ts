// What can go wrong over HTTP, as RFC 9457 problem details: one table of codes, and how failures find their place in it.
import { errorCodes, HubError } from '../../domain/errors.ts';

/** Every problem the API itself can answer. Failures of the hub beneath keep their own codes (services/domain/errors.ts). */
export const problemCodes = {
  REQUEST_INVALID: { status: 400, title: { zh: '请求不符合接口约定', en: 'The request does not fit the API' } },
  BODY_MALFORMED: { status: 400, title: { zh: '请求正文不是有效的 JSON', en: 'The body is not valid JSON' } },
  PURPOSE_MISSING: { status: 400, title: { zh: '未说明使用目的', en: 'No purpose is stated' } },
  UNAUTHENTICATED: { status: 401, title: { zh: '未通过身份认证', en: 'Not authenticated' } },
  CONSUMER_UNKNOWN: { status: 403, title: { zh: '该调用方没有使用约定', en: 'This consumer has no contract' } },
  SCOPE_MISSING: { status: 403, title: { zh: '无权访问该类数据', en: 'The token does not allow this' } },
  PURPOSE_FORBIDDEN: { status: 403, title: { zh: '约定不允许该使用目的', en: 'The contract does not allow this purpose' } },
  ROUTE_UNKNOWN: { status: 404, title: { zh: '没有该接口', en: 'There is no such operation' } },
  NOT_FOUND: { status: 404, title: { zh: '未找到', en: 'Not found' } },
  METHOD_NOT_ALLOWED: { status: 405, title: { zh: '不支持该方法', en: 'This method is not allowed here' } },
  REQUEST_TIMEOUT: { status: 408, title: { zh: '请求超时', en: 'The request took too long to arrive' } },
  BODY_TOO_LARGE: { status: 413, title: { zh: '请求正文过大', en: 'The body is too large' } },
  MEDIA_TYPE_UNSUPPORTED: { status: 415, title: { zh: '请求正文须为 JSON', en: 'The body must be JSON' } },
  HEADERS_TOO_LARGE: { status: 431, title: { zh: '请求头过大', en: 'The headers are too large' } },
  INTERNAL: { status: 500, title: { zh: '内部错误', en: 'Something failed inside' } },
  RESPONSE_INVALID: { status: 500, title: { zh: '应答不符合接口约定，已拦截', en: 'The answer did not fit the API and was held back' } },
  UNAVAILABLE: { status: 503, title: { zh: '暂时不可用', en: 'Not available for the moment' } },
  KEYS_UNAVAILABLE: { status: 503, title: { zh: '无法取得验签公钥', en: 'The keys to verify tokens cannot be had' } },
} as const;

export type ProblemCode = keyof typeof problemCodes;

/** One thing that does not fit: where, and what was expected; never the value. */
export interface Misfit {
  in: 'path' | 'query' | 'header' | 'body';
  pointer: string;
  detail: string;
}

/** A request that ends in a problem. `reason` is for the log: a short code, nothing of the request. */
export interface HttpProblem extends Error {
  readonly problem: ProblemCode;
  readonly headers: Readonly<Record<string, string>>;
  readonly errors: readonly Misfit[];
  readonly reason: string;
}

const made = new WeakSet<object>();

/** A problem to throw. `detail` reaches the client. */
export function httpProblem(
  problem: ProblemCode,
  detail: string,
  more: { headers?: Record<string, string>; errors?: readonly Misfit[]; reason?: string; cause?: unknown } = {},
): HttpProblem {
  const { headers = {}, errors = [], reason = problem, cause } = more;
  const error = Object.assign(new Error(detail, { cause }), { problem, headers, errors, reason });
  made.add(error);
  return error;
}

export const isHttpProblem = (error: unknown): error is HttpProblem => typeof error === 'object' && error !== null && made.has(error);

export interface ProblemAnswer {
  status: number;
  headers: Readonly<Record<string, string>>;
  /** JSON text of the problem details. */
  text: string;
}

/** The problem details for whatever was thrown. Nothing of an unforeseen failure's text leaves. */
export function problemFor(error: unknown): ProblemAnswer {
  if (isHttpProblem(error)) return answer(error.problem, error.problem, error.message, error.headers, error.errors);
  if (error instanceof HubError) {
    if (error.code === 'NOT_FOUND') return answer('NOT_FOUND', error.code, error.message);
    if (error.code === 'USAGE') return answer('REQUEST_INVALID', 'REQUEST_INVALID', error.message);
    return answer(error.retry ? 'UNAVAILABLE' : 'INTERNAL', error.code, errorCodes[error.code].text);
  }
  const code = ofExpress(error);
  return answer(code, code, code === 'INTERNAL' ? 'the failure was logged' : problemCodes[code].title.en);
}

/** What a request that its parser refused (Node's own, before there is a request) is answered. */
export function parserProblem(code: string | undefined): ProblemAnswer {
  const found =
    code === 'HPE_HEADER_OVERFLOW' ? 'HEADERS_TOO_LARGE' : code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'REQUEST_TIMEOUT' : 'REQUEST_INVALID';
  return answer(found, found, problemCodes[found].title.en);
}

/** Express and its body parser mark their errors with a type or a status. */
function ofExpress(error: unknown): ProblemCode {
  const { type, status } = (typeof error === 'object' && error !== null ? error : {}) as { type?: unknown; status?: unknown };
  if (type === 'entity.too.large') return 'BODY_TOO_LARGE';
  if (type === 'entity.parse.failed' || type === 'request.size.invalid' || type === 'request.aborted') return 'BODY_MALFORMED';
  if (status === 415) return 'MEDIA_TYPE_UNSUPPORTED';
  return status === 400 ? 'REQUEST_INVALID' : 'INTERNAL';
}

function answer(
  problem: ProblemCode,
  code: string,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
  errors: readonly Misfit[] = [],
): ProblemAnswer {
  const { status, title } = problemCodes[problem];
  const type = `urn:hub:problem:${code.toLowerCase().replaceAll('_', '-')}`;
  const body = { type, title: title.en, status, detail, code, titles: title, ...(errors.length > 0 && { errors }) };
  return { status, headers: status === 503 ? { 'Retry-After': '5', ...headers } : headers, text: JSON.stringify(body) };
}
