// What is demanded of every answer: that it fits the OpenAPI file. One that does not is held back.
import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { httpProblem, problemCodes } from './problems.ts';
import type { ApiAnswer } from '../../ports/http.ts';
import type { HttpLogger } from './access-log.ts';
import type { OperationDescription } from './openapi-document.ts';

/** How many texts each operation remembers to be good. */
const remembered = 2_000;

/**
 * Gives the check of one operation's answers: the text to send and its media type. A text that was good is good again,
 * so it is walked once and known by its hash after. Errors: RESPONSE_INVALID, logged by place and never by value.
 */
export function answerCheck(
  { operationId, answers }: OperationDescription,
  logger: HttpLogger,
): (answer: ApiAnswer) => { contentType: string; text: string } {
  const good = new LRUCache<string, true>({ max: remembered });
  return ({ status, body, mediaType, text = JSON.stringify(body) }) => {
    const expected = answers.get(status);
    const type = mediaType ?? expected?.contentType ?? '';
    const validate = expected?.types.get(type);
    // What is no JSON says how its letters are written.
    const contentType = type.startsWith('text/') ? `${type}; charset=utf-8` : type;
    const digest = `${status}${hash('sha256', text, 'base64')}`;
    if (validate && good.has(digest)) return { contentType, text };
    if (!validate?.(body)) {
      const error = validate?.errors?.[0];
      const place = { operationId, status, pointer: error?.instancePath ?? null, keyword: error?.keyword ?? 'status' };
      logger.error('answer does not fit the API', place);
      throw httpProblem('RESPONSE_INVALID', problemCodes.RESPONSE_INVALID.title.en);
    }
    good.set(digest, true);
    return { contentType, text };
  };
}
