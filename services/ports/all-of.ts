// Waits for many works at once.

/** Resolves when all have; where any failed, tells the first failure once none is under way any more. */
export async function allOf(works: readonly Promise<unknown>[]): Promise<void> {
  const failure = (await Promise.allSettled(works)).find((outcome) => outcome.status === 'rejected');
  if (failure) throw failure.reason;
}
