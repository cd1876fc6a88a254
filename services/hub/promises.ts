// Takes promises of missing items, over the API and at the command line: decided on what the store holds, then recorded.
import { HubError } from '../domain/errors.ts';
import { decidePromise, decideWithdrawal } from '../domain/packages/commitments.ts';
import { typeThatJudged } from '../domain/packages/in-force.ts';
import { hubItself, ownEvent } from '../ports/own-event.ts';
import { readLedger } from '../ports/read-ledger.ts';
import type { Ledger } from '../domain/ledger.ts';
import type { Commitment } from '../domain/own-facts.ts';
import type { CommitmentStep } from '../domain/packages/commitments.ts';
import type { PackageType } from '../domain/packages/contract.ts';
import type { Package } from '../domain/packages/judge.ts';
import type { Promises, TakenPromise } from '../ports/promises.ts';
import type { Recording } from '../ports/recording.ts';
import type { Hub } from './open-hub.ts';

export function promisesOn(hub: Pick<Hub, 'views' | 'store' | 'codec' | 'contracts' | 'now' | 'today'>, recording: Recording): Promises {
  const { views, store, codec, contracts, now, today } = hub;
  // Views may be behind by a moment: what was promised just now is in the store.
  const ledgerOf = (id: string): Promise<Ledger<Commitment> | undefined> => readLedger<Commitment>({ store, codec }, 'commitment', id);

  async function take(
    id: string,
    decided: CommitmentStep | { already: string },
    ledger: Ledger<Commitment> | undefined,
  ): Promise<TakenPromise> {
    if ('already' in decided) {
      const { items, deadline } = ledger!.steps.find(({ event }) => event === decided.already)!.fact;
      return { package: id, event: decided.already, items, deadline, recorded: false };
    }
    const { fact, sequence } = decided;
    const event = ownEvent(codec, { family: 'commitment', contract: hubItself, subject: id, time: now(), sequence, fact });
    await recording.record([event]);
    return { package: id, event: event.id, items: fact.items, deadline: fact.deadline, recorded: true };
  }

  return {
    async promise(id, wish, by) {
      const row = await views.get('package', id);
      if (!row) throw new HubError('NOT_FOUND', 'there is no package of this id 没有此申请包');
      const pack = JSON.parse(row.body) as Package;
      const type = typeOf(contracts.packages, pack);
      const ledger = await ledgerOf(id);
      return take(id, decidePromise({ pack, type, ledger, today: today(), calendar: contracts.calendar, by }, wish), ledger);
    },
    async withdraw(id, { event, basis }, by) {
      const ledger = await ledgerOf(id);
      return take(id, decideWithdrawal(ledger, { event, basis, by }), ledger);
    },
  };
}

/** What can be promised where the premises lie, by the contract in force. Errors: NOT_FOUND for a type that no contract knows any more. */
function typeOf(packages: readonly PackageType[], pack: Package): PackageType {
  const type = typeThatJudged(packages, pack);
  if (!type) throw new HubError('NOT_FOUND', `no contract for packages of type ${pack.type} is known any more 该类申请已无审核规则`);
  return type;
}
