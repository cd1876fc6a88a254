// Decisions about events that were misread.
export interface TakenRetirement {
  /** The event that was spoken of, and its stream. */
  id: string;
  stream: string;
  /** The event that says so; false where it had been said before. */
  event: string;
  recorded: boolean;
}

export interface Retirements {
  /** Retires an event of a source or a refusal. Errors: NOT_FOUND, USAGE. */
  retire(id: string, reason: string, by: string): Promise<TakenRetirement>;
  /** Takes that back. Errors: NOT_FOUND, USAGE. */
  reinstate(id: string, reason: string, by: string): Promise<TakenRetirement>;
}
