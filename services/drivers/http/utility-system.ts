// Speaks to a utility's marketing system over HTTP, as `contracts/http/marketing.yaml` lays down; whatever else comes is no answer.
import { HubError } from '../../domain/errors.ts';
import { tookTooLong, withPatience } from '../../ports/patience.ts';
import { readOpenApi } from './openapi-document.ts';
import type { Utility } from '../../domain/own-facts.ts';
import type { Standing, UtilityAnswer, UtilitySystem } from '../../ports/utility-system.ts';
import type { OperationDescription } from './openapi-document.ts';

export interface UtilityAddress {
  utility: Utility;
  /** Without a slash at the end. */
  url: string;
  token: string | null;
  /** How long a call may take before its outcome is unknown. */
  timeoutMs?: number;
}

/** More than any answer of the contract. */
const longestAnswer = 65_536;

interface Call {
  operation: OperationDescription;
  path: string;
  headers?: Record<string, string>;
  body?: object;
  signal: AbortSignal;
}

/** Reads the contract once, for clients of any number of utilities. Errors: CONTRACT_INVALID. */
export function utilityClients(contractFile: string): (address: UtilityAddress) => UtilitySystem {
  const { operations } = readOpenApi(contractFile);
  const operation = (id: string): OperationDescription => operations.find(({ operationId }) => operationId === id)!;
  const [submit, standing, cancel] = [operation('submitApplication'), operation('getApplication'), operation('cancelApplication')];
  return ({ utility, url, token, timeoutMs = 10_000 }) => {
    async function call(key: string, { operation, path, headers, body, signal }: Call): Promise<UtilityAnswer> {
      if (body && operation.body?.(body) === false)
        throw new HubError(
          'CONTRACT_INVALID',
          `what is to be sent does not fit marketing.yaml at ${operation.body.errors![0]!.instancePath}`,
        );
      const ask = async (either: AbortSignal): Promise<Raw> => {
        const response = await fetch(`${url}${path}`, {
          method: operation.method.toUpperCase(),
          redirect: 'error',
          headers: { Accept: 'application/json', ...(token === null ? {} : { Authorization: `Bearer ${token}` }), ...headers },
          ...(body ? { body: JSON.stringify(body) } : {}),
          signal: either,
        });
        return { status: response.status, text: await readText(response), retryAfter: response.headers.get('Retry-After') };
      };
      let raw: Raw;
      try {
        raw = await withPatience(timeoutMs, ask, signal);
      } catch (error) {
        // What went wrong may name hosts and bodies: only its kind is told.
        return { kind: 'unknown', code: tookTooLong(error) ? 'TIME-OUT' : 'CONNECTION' };
      }
      return answerOf(operation, key, raw);
    }
    const json = { 'Content-Type': 'application/json' };
    return {
      utility,
      submit: (key, application, signal) =>
        call(key, { operation: submit, path: '/applications', headers: { ...json, 'Idempotency-Key': key }, body: application, signal }),
      standing: (key, signal) => call(key, { operation: standing, path: `/applications/${key}`, signal }),
      cancel: (key, reason, signal) =>
        call(key, { operation: cancel, path: `/applications/${key}/cancellation`, headers: json, body: { reason }, signal }),
    };
  };
}

interface Raw {
  status: number;
  text: string;
  retryAfter: string | null;
}

function answerOf(operation: OperationDescription, key: string, { status, text, retryAfter }: Raw): UtilityAnswer {
  if (status >= 500 || status === 408 || status === 425 || status === 429) {
    const seconds = /^\d{1,6}$/.test(retryAfter ?? '') ? Number(retryAfter) : null;
    return { kind: 'later', code: `HTTP-${status}`, afterMs: seconds === null ? null : seconds * 1000 };
  }
  // A missing or worn-out token is the operators' to mend, and says nothing of the application.
  if (status === 401 || status === 403) return { kind: 'later', code: `HTTP-${status}`, afterMs: null };
  const body = parsed(text);
  const fits = operation.answers.get(status)?.validate(body) === true;
  if (fits && status < 300) {
    const { key: about, state, applicationNo, code, message } = body as { key: string; applicationNo: string | null } & Standing;
    return about === key
      ? { kind: 'standing', state, externalNo: applicationNo, code, message }
      : { kind: 'unknown', code: 'ANSWER-INVALID' };
  }
  if (fits && operation.method === 'get') return { kind: 'not-known' };
  if (fits) return { kind: 'refused', ...(body as { code: string; message: string }) };
  return { kind: 'unknown', code: 'ANSWER-INVALID' };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Errors: when it is longer than any answer, or the connection breaks. */
async function readText(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += (part as Uint8Array).byteLength;
    if (bytes > longestAnswer) throw new RangeError('longer than any answer');
    parts.push(part as Uint8Array);
  }
  return Buffer.concat(parts).toString();
}
