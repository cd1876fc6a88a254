// Takes decisions about transfers, over the API and at the command line: decided on what the store holds, then recorded.
import { HubError } from '../domain/errors.ts';
import { consentIdOf, decideChoice, decideGrant, decideRevocation } from '../domain/transfers/decisions.ts';
import { hubItself, ownEvent } from '../ports/own-event.ts';
import { readLedger } from '../ports/read-ledger.ts';
import type { MeterAccount } from '../domain/facts.ts';
import type { Subject } from '../domain/subject.ts';
import type { Authorisation, TransferStep } from '../domain/own-facts.ts';
import type { Decided } from '../domain/transfers/decisions.ts';
import type { Recording } from '../ports/recording.ts';
import type { TakenDecision, TransferDecisions } from '../ports/transfer-decisions.ts';
import type { Hub } from './open-hub.ts';

export function transferDecisionsOn(
  { views, store, codec, now, today }: Pick<Hub, 'views' | 'store' | 'codec' | 'now' | 'today'>,
  recording: Recording,
): TransferDecisions {
  async function take(
    family: 'authorisation' | 'transfer-request',
    id: string,
    decided: Decided<Authorisation | TransferStep>,
  ): Promise<TakenDecision> {
    if ('already' in decided) return { id, event: decided.already, recorded: false };
    const { fact, sequence } = decided;
    const event = ownEvent(codec, { family, contract: hubItself, subject: id, time: now(), sequence, fact });
    await recording.record([event]);
    return { id, event: event.id, recorded: true };
  }

  return {
    async grant(wish, by) {
      const id = consentIdOf(wish);
      const ledger = await readLedger<Authorisation>({ store, codec }, 'authorisation', id);
      return take('authorisation', id, decideGrant(ledger, wish, by, today()));
    },
    async revoke(id, basis, by) {
      const ledger = await readLedger<Authorisation>({ store, codec }, 'authorisation', id);
      return take('authorisation', id, decideRevocation(ledger, basis, by));
    },
    async choose(caseNo, wish) {
      if (!(await views.get('transfer-request', caseNo)))
        throw new HubError('NOT_FOUND', 'there is no transfer request of this case 没有此编号的联合过户申请');
      const row = await views.get('meter-account', wish.consumerNo);
      const account = row ? (JSON.parse(row.body) as Subject<MeterAccount>).fact : null;
      const ledger = await readLedger<TransferStep>({ store, codec }, 'transfer-request', caseNo);
      return take('transfer-request', caseNo, decideChoice(caseNo, ledger, account, wish));
    },
  };
}
