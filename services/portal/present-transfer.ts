// A transfer request as the portal answers it: both parties, property, meter, what stands in the way, and its history.
import { formatInstant } from '../domain/time.ts';
import { transferConsentTitles } from '../domain/transfers/consent.ts';
import { undoneTexts, utilityStateTitles, utilityTitles } from '../domain/transfers/life.ts';
import { remarkTexts, requestStatusTitles } from '../domain/transfers/request.ts';
import { stageTitles } from '../domain/transfers/stage.ts';
import type { Remark, TransferRequest } from '../domain/transfers/request.ts';
import type { SubjectHistory } from '../ports/subject-history.ts';
import type { ViewRow } from '../ports/view-store.ts';
import type { JudgedLocal } from '../ports/views.ts';
import type { NamedParty, NameReader, RowNames } from './names.ts';

/** Gives the function that turns a row of the view `transfer-request` into what `portal.yaml` calls a TransferRequest. */
export function transferPresenter(names: NameReader, subjects: SubjectHistory): (row: ViewRow) => Promise<object> {
  return async (row) => {
    const request = JSON.parse(row.body) as TransferRequest;
    const local = JSON.parse(row.local) as JudgedLocal;
    const { id, status, property, meter } = request;
    const opened = names.of(local.sealed);
    const learntAt = (event: string): string | null => {
      const learnt = local.learnt[event];
      return learnt ? formatInstant(learnt.recordedtime) : null;
    };
    const named = async (parties: TransferRequest['sellers']): Promise<NamedParty[]> => {
      const list: NamedParty[] = [];
      for (const party of parties) list.push(await opened.party(party));
      return list;
    };
    const { unitCode, certificateNo, area, registeredOn } = property;
    return {
      id,
      status,
      statusTitle: requestStatusTitles[status],
      digest: local.digest,
      sellers: await named(request.sellers),
      buyers: await named(request.buyers),
      property: {
        unitCode,
        certificateNo,
        area,
        registeredOn,
        address: await addressOf(request, opened, names),
        event: property.event,
        learntAt: learntAt(property.event),
      },
      meter: meter && {
        consumerNo: meter.consumerNo,
        how: meter.how,
        score: meter.score,
        arrears: meter.arrears,
        event: meter.event,
        learntAt: learntAt(meter.event),
      },
      candidates: request.candidates.map(({ consumerNo, score, addressLevel, holderIsSeller, event }) => ({
        consumerNo,
        score,
        addressLevel,
        holderIsSeller,
        event,
      })),
      blocks: request.blocks.map(presentRemark),
      notices: request.notices.map(presentRemark),
      history: (await subjects.read('house-transfer', id)).map(({ event, time, change, standing }) => ({
        ...{ event, time: formatInstant(time), change, standing },
      })),
      life: presentLife(request.life),
    };
  };
}

function presentLife({ stage, consent, utilities, chosen }: TransferRequest['life']): object {
  return {
    stage,
    stageTitle: stageTitles[stage],
    consent: { ...consent, stateTitle: transferConsentTitles[consent.state] },
    utilities: utilities.map(({ utility, state, attempt, externalNo, code, reason, event, time, undone }) => ({
      utility,
      title: utilityTitles[utility],
      state,
      stateTitle: utilityStateTitles[state],
      attempt,
      externalNo,
      code,
      reason,
      event,
      at: event === null ? null : formatInstant(time),
      undone: undone && undoneTexts[undone],
    })),
    chosen: chosen ?? null,
  };
}

function presentRemark({ code, event }: Remark): object {
  return { code, text: remarkTexts[code], event };
}

/**
 * The home of the buyers (of the sellers, where no person bought): once one of them is erased, nobody's box tells it any
 * more. In the clear where only organisations are concerned.
 */
async function addressOf(request: TransferRequest, opened: RowNames, names: NameReader): Promise<string | null> {
  const persons = (parties: TransferRequest['sellers']): string[] => parties.filter(({ kind }) => kind === 'person').map(({ id }) => id);
  const buyers = persons(request.buyers);
  const homes = await Promise.all((buyers.length > 0 ? buyers : persons(request.sellers)).map((id) => opened.person(id)));
  if (homes.some(({ erased }) => erased)) return null;
  return homes.find(({ address }) => address !== null)?.address ?? names.addressIn('house-transfer', request.id);
}
