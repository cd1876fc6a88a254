// The access log: who read what kind of thing and why; never path parameters, query or bodies (law 13).
import type { ServerResponse } from 'node:http';

/** The part of winston's logger that is used. */
export interface HttpLogger {
  /** Told of each answer too, for metrics. */
  answered?: (access: { operationId: string | null; status: number; ms: number }) => void;
  info(message: string, meta: object): unknown;
  warn(message: string, meta: object): unknown;
  error(message: string, meta: object): unknown;
}

/** What is known of a request as it passes through. */
export interface AccessNote {
  operationId: string | null;
  consumer: string | null;
  purpose: string | null;
  /** Why it was refused: a code. */
  reason: string | null;
}

const noteKey = Symbol('access note');

/** The note of a response, begun on first use. */
export function accessNote(res: ServerResponse & { [noteKey]?: AccessNote }): AccessNote {
  return (res[noteKey] ??= { operationId: null, consumer: null, purpose: null, reason: null });
}

/** Logs one line when the response is done. Methods outside HTTP's own never get here: Node's parser refuses them. */
export function logAccess(method: string, res: ServerResponse, logger: HttpLogger): void {
  const started = performance.now();
  res.once('close', () => {
    const { operationId, consumer, purpose, reason } = accessNote(res);
    const ms = Math.round((performance.now() - started) * 10) / 10;
    logger.answered?.({ operationId, status: res.statusCode, ms });
    logger.info('access', {
      method,
      operationId,
      status: res.statusCode,
      ms,
      consumer,
      purpose,
      ...(reason !== null && { reason }),
      ...(!res.writableFinished && { aborted: true }),
    });
  });
}

/** What of an unforeseen failure may be logged: its kind and where it arose. Messages may repeat values, so they stay out. */
export function failureMeta(error: unknown): object {
  if (!(error instanceof Error)) return { error: typeof error };
  const code = (error as { code?: unknown }).code;
  const frames = (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 5)
    .map((line) => line.trim());
  return { error: error.name, ...(typeof code === 'string' && { code }), frames };
}
