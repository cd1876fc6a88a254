// Facts of a sale by hand: what is not said is nothing.
import { contracts } from '../../support/project.ts';
import type { HouseTransfer, MeterAccount, Party, PropertyRight } from '../../../services/domain/facts.ts';
import type { Subject } from '../../../services/domain/subject.ts';

export const match = contracts.match;

export const party = (id: string, changes: Partial<Party> = {}): Party => ({
  kind: 'person',
  id,
  name: null,
  idType: 'citizen-id',
  idValid: true,
  nameKey: null,
  share: null,
  sealed: null,
  ...changes,
});

const subject = <F extends HouseTransfer | MeterAccount | PropertyRight>(
  key: string,
  fact: F,
  changes: string[] = [fact.change],
): Subject<F> => ({
  subject: key,
  fact,
  event: `event-${key}`,
  ...{ time: changes.length - 1, since: changes.length - 1, first: 0 },
  changes: Object.fromEntries(changes.map((change, i) => [change, i])),
  ...{ names: [], parties: [], conflicts: [], waiting: [], displaced: null, misread: [] },
});

export const account = (consumerNo: string, changes: Partial<MeterAccount> = {}): Subject<MeterAccount> =>
  subject(consumerNo, {
    change: 'opened',
    record: consumerNo,
    warnings: [],
    consumerNo,
    holder: party('p-seller'),
    unitCode: null,
    address: null,
    addressKeys: [],
    category: 'residential',
    capacity: null,
    arrears: '0.00',
    organisation: null,
    openedOn: null,
    status: 'active',
    ...changes,
  });

export const transfer = (changes: Partial<HouseTransfer> = {}, said: string[] = ['accepted', 'registered']): Subject<HouseTransfer> =>
  subject(
    'SL1',
    {
      change: said.at(-1)!,
      record: 'SL1',
      warnings: [],
      caseNo: 'SL1',
      unitCode: 'U',
      certificateNo: null,
      consumerNo: null,
      sellers: [party('p-seller')],
      buyers: [party('p-buyer')],
      address: null,
      addressKeys: [],
      use: null,
      area: null,
      registeredOn: '2027-01-01',
      consent: true,
      mortgaged: false,
      status: 'registered',
      ...changes,
    },
    said,
  );

export const property = (changes: Partial<PropertyRight> = {}): Subject<PropertyRight> =>
  subject('U', {
    change: 'transferred',
    record: 'U',
    warnings: [],
    unitCode: 'U',
    certificateNo: null,
    holders: [party('p-buyer')],
    address: null,
    addressKeys: [],
    use: 'residential',
    area: null,
    rightType: null,
    registeredOn: null,
    validUntil: null,
    status: 'current',
    seized: false,
    mortgaged: false,
    disputed: false,
    ...changes,
  });
