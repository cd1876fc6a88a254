// The ledger of one matter: every step that was recorded of it, in one order whatever the order of arrival.

export interface Step<Fact extends object = object> {
  /** The event that says so. */
  event: string;
  time: number;
  sequence: number | null;
  fact: Fact;
}

/** All that was recorded of one consent, promise, transfer request or limit. Evolve over `steps` to know its state. */
export interface Ledger<Fact extends object = object> {
  id: string;
  steps: Step<Fact>[];
}

/** The given sequence first, then time, then id (law 5). */
function compareSteps(a: Step, b: Step): number {
  return (a.sequence ?? -1) - (b.sequence ?? -1) || a.time - b.time || (a.event < b.event ? -1 : a.event > b.event ? 1 : 0);
}

/** Adds a step in its place; gives the same ledger when the step is in it already. */
export function addStep<Fact extends object>(before: Ledger<Fact> | undefined, id: string, step: Step<Fact>): Ledger<Fact> {
  if (!before) return { id, steps: [step] };
  let at = before.steps.length;
  while (at > 0) {
    const order = compareSteps(before.steps[at - 1]!, step);
    if (order === 0) return before;
    if (order < 0) break;
    at--;
  }
  return { id, steps: [...before.steps.slice(0, at), step, ...before.steps.slice(at)] };
}

/** The sequence for the next step. */
export const nextSequence = (ledger: Ledger | undefined): number =>
  (ledger?.steps.reduce((highest, { sequence }) => Math.max(highest, sequence ?? 0), 0) ?? 0) + 1;
