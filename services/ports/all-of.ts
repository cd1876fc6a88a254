// Waits for many works at once.

/** Resolves when all have; where any failed, tells the first failure once none is under way any more. */
export async function allOf(works: readonly Promise<unknown>[]): Promise<void> {
  const failure = (await Promise.allSettled(works)).find((outcome) => outcome.status === 'rejected');
  if (failure) throw failure.reason;
}

/** Runs loops side by side; when one fails the others are stopped, and its failure is told once all have ended. */
export async function together(signal: AbortSignal, start: (signal: AbortSignal) => Promise<void>[]): Promise<void> {
  const failed = new AbortController();
  const loops = start(AbortSignal.any([signal, failed.signal])).map((loop) =>
    loop.catch((error: unknown) => {
      failed.abort();
      throw error;
    }),
  );
  await allOf(loops);
}
