// Work that may take only so long.

/**
 * Runs `work` with a signal that is aborted after `ms`, or with `outer`; once the time is over, its failure is told as
 * a TimeoutError. Use this and not `AbortSignal.timeout()`: inside `AbortSignal.any()` Node may collect that before it
 * fires, and then it never does (nodejs/node#57736).
 */
export async function withPatience<T>(ms: number, work: (signal: AbortSignal) => Promise<T>, outer?: AbortSignal): Promise<T> {
  const patience = new AbortController();
  const stop = (): void => patience.abort(outer!.reason);
  if (outer?.aborted) stop();
  outer?.addEventListener('abort', stop, { once: true });
  const late = new DOMException('it took too long', 'TimeoutError');
  const timer = setTimeout(() => patience.abort(late), ms);
  try {
    return await work(patience.signal);
  } catch (cause) {
    throw patience.signal.reason === late ? late : cause;
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener('abort', stop);
  }
}

export const tookTooLong = (error: unknown): boolean => error instanceof DOMException && error.name === 'TimeoutError';
