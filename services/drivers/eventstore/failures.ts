// What went wrong with a call, in the hub's codes; and how often a call is tried.
import { ErrorType, StreamNotFoundError, WrongExpectedVersionError, isCommandError } from '@eventstore/db-client';
import { setTimeout as sleep } from 'node:timers/promises';
import { HubError } from '../../domain/errors.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import type { Connection } from './connection.ts';

const tries = 3;

/** What the server says about its content, rather than about itself: the caller deals with it. */
const isAnswer = (error: unknown): boolean => error instanceof WrongExpectedVersionError || error instanceof StreamNotFoundError;

/** Codes of gRPC that no repetition cures: PERMISSION_DENIED, UNAUTHENTICATED. */
const refusals = new Set<unknown>([7, 16]);

/** The failure of `what` in the hub's codes. Whatever is not known to be final may pass: ENGINE_UNAVAILABLE. */
export function failureOf({ where }: Pick<Connection, 'where'>, what: string, cause: unknown): HubError {
  if (cause instanceof HubError) return cause;
  const [code, text] = meaningOf(cause);
  return new HubError(code, `${where}: ${text} (${what})`, { cause });
}

function meaningOf(cause: unknown): [code: ErrorCode, text: string] {
  const grpcCode = (cause as { code?: unknown } | null)?.code;
  const type = cause instanceof Error && isCommandError(cause) ? cause.type : undefined;
  if (type === ErrorType.ACCESS_DENIED || refusals.has(grpcCode)) return ['CONFIG_INVALID', 'the credentials are refused'];
  if (type === ErrorType.STREAM_DELETED) return ['STORE_CORRUPT', 'a stream has been deleted'];
  if (type === ErrorType.MAXIMUM_APPEND_SIZE_EXCEEDED) return ['RECORD_TOO_LARGE', 'an event is larger than the server takes'];
  return ['ENGINE_UNAVAILABLE', `no answer, ${type ?? (typeof grpcCode === 'number' ? `gRPC code ${grpcCode}` : 'the connection failed')}`];
}

export const closedEarly = ({ where }: Pick<Connection, 'where'>, what: string): HubError =>
  new HubError('ENGINE_UNAVAILABLE', `${where}: the event store was closed (${what})`);

export const timedOut = ({ where, timeoutMs }: Pick<Connection, 'where' | 'timeoutMs'>, what: string): HubError =>
  new HubError('ENGINE_UNAVAILABLE', `${where}: no answer within ${timeoutMs} ms (${what})`);

/** Waits a little, longer each turn, by chance between half and whole, so that those who collided do not collide again. */
export const pause = (turn: number, closed: AbortSignal, mostMs = 2_000): Promise<void> =>
  sleep(Math.min(mostMs, 20 * 2 ** turn) * (0.5 + Math.random() / 2), undefined, { signal: closed }).catch(() => undefined);

/**
 * Runs a call, at most {@link tries} times while another try may help; `run` is told which try it is, from 1.
 * Rejects with the server's answer as it came (wrong expected revision, no such stream), else with a HubError.
 */
export async function persist<T>(connection: Connection, what: string, run: (turn: number) => Promise<T>): Promise<T> {
  for (let turn = 1; ; turn++) {
    if (connection.closed.aborted) throw closedEarly(connection, what);
    try {
      return await run(turn);
    } catch (cause) {
      if (isAnswer(cause)) throw cause;
      const failure = failureOf(connection, what, cause);
      if (!failure.retry || turn === tries) throw failure;
      await pause(turn, connection.closed);
    }
  }
}

/** Bounds one answer in time: the client keeps no time of its own while it looks for a node. */
export async function within<T>(connection: Connection, what: string, call: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(timedOut(connection, what)), connection.timeoutMs);
  });
  try {
    return await Promise.race([call, late]);
  } finally {
    clearTimeout(timer);
    call.catch(() => undefined);
  }
}
