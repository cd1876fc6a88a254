// What is sent to a utility: a transfer request with its names opened. It goes into the body of one call and is kept nowhere.
import type { BusinessLicence, HouseTransfer } from '../domain/facts.ts';
import type { Subject } from '../domain/subject.ts';
import type { Utility } from '../domain/own-facts.ts';
import type { TransferRequest } from '../domain/transfers/request.ts';
import type { UtilityOfRequest } from '../domain/transfers/request-life.ts';
import type { Holder, TransferApplication } from '../ports/utility-system.ts';
import type { JudgedLocal } from '../ports/views.ts';
import type { ViewRow } from '../ports/view-store.ts';
import type { DispatcherPorts } from './ports.ts';

type Parties = TransferRequest['buyers'];
type Opening = Pick<DispatcherPorts, 'views' | 'persons'>;

/** A row of the view `transfer-request`, read. */
export interface RequestRow {
  request: TransferRequest;
  local: JudgedLocal;
}

export const requestRow = (row: ViewRow): RequestRow => ({
  request: JSON.parse(row.body) as TransferRequest,
  local: JSON.parse(row.local) as JudgedLocal,
});

interface OpenedHolder {
  holder: Holder;
  address: string | null;
}
/** The first of each side in the source's order; null for one that was erased, or is not named. */
interface Sides {
  old: OpenedHolder | null;
  fresh: OpenedHolder | null;
}

async function openSides({ views, persons }: Opening, { request, local }: RequestRow): Promise<Sides> {
  const opened = async (parties: Parties): Promise<OpenedHolder | null> => {
    const [party] = parties;
    if (!party) return null;
    if (party.kind !== 'person') return { holder: await organisation(views, party), address: null };
    const box = local.sealed[party.id];
    const data = box === undefined ? null : await persons.open(party.id, Buffer.from(box, 'base64'));
    if (!data) return null;
    const { name, idType, idNumber, phone, address } = data;
    return { holder: { kind: 'person', name, idType, idNumber, phone }, address };
  };
  return { old: await opened(request.sellers), fresh: await opened(request.buyers) };
}

/** Null when the new holder was erased: there is nobody to transfer to. The new holder is the first buyer in the source's order. */
export async function applicationOf(
  ports: Opening,
  row: RequestRow,
  { utility, basis, form }: Pick<UtilityOfRequest, 'utility' | 'basis' | 'form'>,
): Promise<TransferApplication | null> {
  const { request } = row;
  const { old, fresh } = await openSides(ports, row);
  if (!fresh || basis === null) return null;
  const { unitCode, certificateNo, area, registeredOn } = request.property;
  return {
    caseNo: request.id,
    utility,
    ...{ unitCode, certificateNo },
    consumerNo: consumerNoFor(request, utility),
    oldHolder: old?.holder ?? null,
    newHolder: fresh.holder,
    address: fresh.address ?? old?.address ?? (await addressInTheClear(ports.views, request.id)),
    ...{ area, registeredOn },
    consentBasis: { event: basis, form },
  };
}

/** Of other utilities no account is known here. */
export const consumerNoFor = ({ meter }: TransferRequest, utility: Utility): string | null =>
  utility === 'electricity' ? (meter?.consumerNo ?? null) : null;

async function organisation(views: DispatcherPorts['views'], { id, name }: Parties[number]): Promise<Holder> {
  const row = id.startsWith('name:') ? undefined : await views.get('enterprise', id);
  const known = row ? (JSON.parse(row.body) as Subject<BusinessLicence>).fact.name : null;
  const idNumber = id.startsWith('name:') ? null : id;
  return { kind: 'organisation', name: name ?? known ?? null, idType: idNumber === null ? null : 'uscc', idNumber, phone: null };
}

async function addressInTheClear(views: DispatcherPorts['views'], caseNo: string): Promise<string | null> {
  const row = await views.get('house-transfer', caseNo);
  return row ? (JSON.parse(row.body) as Subject<HouseTransfer>).fact.address : null;
}

/** A utility's own words as they may be kept for ever: without what was sent to it of persons, and without long numbers. */
export async function withoutPersons(ports: Opening, row: RequestRow, words: string | null): Promise<string | null> {
  if (words === null) return null;
  const { old, fresh } = await openSides(ports, row);
  const personal = [old, fresh]
    .flatMap((side) => (side?.holder.kind === 'person' ? [side.holder.name, side.holder.idNumber, side.holder.phone, side.address] : []))
    .filter((text) => text !== null && text.length > 1) as string[];
  const bare = personal.reduce((text, secret) => text.replaceAll(secret, '***'), words);
  return bare.replace(/\d(?:[\s-]?\d){6,}[\dXx]?/g, '***').slice(0, 200);
}
