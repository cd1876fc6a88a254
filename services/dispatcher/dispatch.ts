// Takes one case one step further at one utility: records the step, calls the utility, records what it answered.
import { attemptFor, idempotencyKey, notSubmitted, undoneTexts } from '../domain/transfers/life.ts';
import { applicationOf, consumerNoFor, withoutPersons } from './application.ts';
import { dispatched } from './record-steps.ts';
import type { TransferStep } from '../domain/own-facts.ts';
import type { Undone, UtilityLife } from '../domain/transfers/life.ts';
import type { UtilityOfRequest } from '../domain/transfers/request-life.ts';
import type { UtilityAnswer, UtilitySystem } from '../ports/utility-system.ts';
import type { RequestRow } from './application.ts';
import type { DispatcherPorts } from './ports.ts';
import type { OpenCase } from './record-steps.ts';

/**
 * What became of it: `done` a step was recorded · `wait` it goes on at the utility · `later` the utility is to be asked again
 * · `behind` the views do not show yet what was recorded.
 */
export type Outcome = { kind: 'done' | 'wait' | 'behind' } | { kind: 'later'; afterMs: number | null; code: string };

export interface Turn {
  ports: DispatcherPorts;
  system: UtilitySystem;
  row: RequestRow;
  entry: UtilityOfRequest;
  open: OpenCase;
  /** The utility was busy when this process last submitted it: the same is to be sent again. */
  resend: boolean;
  signal: AbortSignal;
}

type Said = Partial<TransferStep>;

/** Errors: ENGINE_UNAVAILABLE, STORE_CORRUPT. */
export async function dispatchOne(turn: Turn): Promise<Outcome> {
  const { entry, open, resend } = turn;
  const life = open.life.utilities.get(entry.utility) ?? notSubmitted(entry.utility);
  // Decided on steps that the store has added to since.
  if (life.event !== entry.event) return { kind: 'behind' };
  switch (entry.next) {
    case null:
      return { kind: 'wait' };
    case 'submit':
      return submit(turn, attemptFor(life));
    case 'query':
      return resend && life.state === 'submitting' && entry.may ? submit(turn, life.attempt) : query(turn, life);
    case 'cancel':
      return cancel(turn, life, entry.undone);
    case 'give-up':
      await open.record(
        'given-up',
        saidOf(turn, life.attempt, { code: entry.undone, reason: entry.undone && undoneTexts[entry.undone].zh }),
      );
      return { kind: 'done' };
  }
}

const saidOf = ({ entry, open }: Turn, attempt: number, more: Said = {}): Said => ({
  utility: entry.utility,
  attempt,
  idempotencyKey: idempotencyKey(open.id, entry.utility, attempt),
  ...more,
});

async function submit(turn: Turn, attempt: number): Promise<Outcome> {
  const { ports, system, row, entry, open, signal } = turn;
  const application = await applicationOf(ports, row, entry);
  const said = saidOf(turn, attempt, { basis: entry.basis, consumerNo: consumerNoFor(row.request, entry.utility) });
  if (!application || entry.basis === null) {
    await open.record('given-up', { ...said, code: 'erased', reason: '新户主的个人信息已删除' });
    return { kind: 'done' };
  }
  const key = said.idempotencyKey!;
  // The same once more under the same key is the same submission.
  if (!turn.resend) await open.record('submitting', said, [dispatched(ports, row, entry.utility, key, entry.basis)]);
  return heard(turn, attempt, 'submitting', await system.submit(key, application, signal));
}

async function query(turn: Turn, life: UtilityLife): Promise<Outcome> {
  const { system, entry, open, signal } = turn;
  const { attempt, state } = life;
  const said = saidOf(turn, attempt);
  if (state !== 'accepted' && open.lastChange(entry.utility) !== 'querying') await open.record('querying', said);
  const answer = await system.standing(said.idempotencyKey!, signal);
  if (answer.kind !== 'not-known') return heard(turn, attempt, state === 'accepted' ? state : 'unknown', answer);
  // What was accepted does not vanish: the utility is to be asked again, and people hear of it when the limit passes.
  if (state === 'accepted') return { kind: 'later', afterMs: null, code: 'NOT-KNOWN' };
  // It never arrived. Whatever forbids sending it again forbids that it arrives late.
  return entry.may ? submit({ ...turn, resend: false }, attempt) : cancel(turn, life, 'blocked');
}

async function cancel(turn: Turn, life: UtilityLife, undone: Undone | null): Promise<Outcome> {
  const { system, open, signal } = turn;
  const { attempt, state } = life;
  const code = undone ?? (life.code as Undone | null) ?? 'blocked';
  const said = saidOf(turn, attempt, { code, reason: undoneTexts[code].zh });
  if (state !== 'cancelling') await open.record('cancelling', said);
  const answer = await system.cancel(said.idempotencyKey!, code, signal);
  if (answer.kind === 'standing' && (answer.state === 'cancelled' || answer.state === 'returned')) {
    await open.record('cancelled', { ...said, externalNo: answer.externalNo });
    return { kind: 'done' };
  }
  if (answer.kind === 'standing' && answer.state === 'completed') {
    // Too late: what a utility has completed people settle.
    await open.record('given-up', { ...said, externalNo: answer.externalNo });
    return { kind: 'done' };
  }
  return answer.kind === 'later'
    ? answer
    : { kind: 'later', afterMs: null, code: 'code' in answer ? (answer.code ?? 'NONE') : 'NOT-KNOWN' };
}

/** Records an answer to a submission or a question, where it says something new. */
async function heard(turn: Turn, attempt: number, state: UtilityLife['state'], answer: UtilityAnswer): Promise<Outcome> {
  const { ports, row, open } = turn;
  const said = saidOf(turn, attempt);
  switch (answer.kind) {
    case 'standing': {
      const { state: stands, externalNo, code, message } = answer;
      if (stands === 'accepted' && state === 'accepted') return { kind: 'wait' };
      const reason = await withoutPersons(ports, row, message);
      // Cancelled by nobody here: it came back.
      await open.record(stands === 'cancelled' ? 'returned' : stands, { ...said, externalNo, code, reason });
      return { kind: 'done' };
    }
    case 'refused':
      await open.record('returned', { ...said, code: answer.code, reason: await withoutPersons(ports, row, answer.message) });
      return { kind: 'done' };
    case 'later':
      return answer;
    case 'not-known':
    case 'unknown': {
      const code = answer.kind === 'unknown' ? answer.code : 'NOT-KNOWN';
      // Never taken for success: the utility is asked how it stands.
      if (state === 'submitting') await open.record('unknown', { ...said, code });
      return { kind: 'later', afterMs: null, code };
    }
  }
}
