// Good facts, one a slot, which examples in contract files vary.
import type { BusinessLicence, HouseTransfer, MeterAccount, Party, PlanningPermit, ProjectApproval, PropertyRight } from '../facts.ts';
import type { PackageSubject } from './contract.ts';

/** A fact of a slot: good and the subject's own, but for what is stated. */
export function exampleFact(slot: string, stated: object, subject: PackageSubject): object {
  const fact: Record<string, unknown> = { ...goodFact(slot, partyOf('subject', subject)), ...stated };
  for (const field of ['holder', 'builder']) if (typeof fact[field] === 'string') fact[field] = partyOf(fact[field], subject);
  for (const field of ['holders', 'buyers', 'sellers']) {
    const parties = fact[field];
    if (Array.isArray(parties))
      fact[field] = parties.map((party: unknown) => (typeof party === 'string' ? partyOf(party, subject) : party));
  }
  return fact;
}

function partyOf(name: string, subject: PackageSubject): Party {
  const rest = { idType: null, idValid: true, nameKey: null, share: null, sealed: null };
  if (name === 'subject') return { kind: subject.kind, id: subject.id, name: subject.names[0] ?? null, ...rest };
  return { kind: 'organisation', id: `name:${name}`, name, ...rest };
}

const base = { change: 'registered', record: 'example', warnings: [] };

/** What rules may look at; numbers and dates that none of them does are left out of sight as null. */
function goodFact(slot: string, subject: Party): object {
  switch (slot) {
    case 'identity':
      return subject;
    case 'licence':
      return {
        ...base,
        uscc: subject.id,
        name: '示例',
        entityType: null,
        representative: null,
        capital: null,
        scope: null,
        address: null,
        establishedOn: null,
        validUntil: null,
        registrar: null,
        status: 'active',
        abnormal: false,
      } satisfies BusinessLicence;
    case 'property':
      return {
        ...base,
        unitCode: '',
        certificateNo: null,
        holders: [subject],
        address: null,
        addressKeys: [],
        use: 'other',
        area: null,
        rightType: null,
        registeredOn: null,
        validUntil: null,
        status: 'current',
        seized: false,
        mortgaged: false,
        disputed: false,
      } satisfies PropertyRight;
    case 'approval':
      return {
        ...base,
        projectCode: '',
        kind: 'filing',
        name: '示例',
        builder: subject,
        address: null,
        unitCode: null,
        documentNo: null,
        authority: null,
        approvedOn: null,
        validUntil: null,
        status: 'in-force',
      } satisfies ProjectApproval;
    case 'permit':
    case 'landPermit':
      return {
        ...base,
        permitNo: '',
        kind: slot === 'permit' ? 'works' : 'land',
        projectCode: null,
        projectName: null,
        builder: subject,
        address: null,
        unitCode: null,
        scale: null,
        authority: null,
        issuedOn: null,
        validUntil: null,
        status: 'in-force',
      } satisfies PlanningPermit;
    case 'transfer':
      return {
        ...base,
        caseNo: '',
        unitCode: null,
        certificateNo: null,
        consumerNo: null,
        sellers: [],
        buyers: [subject],
        address: null,
        addressKeys: [],
        use: null,
        area: null,
        registeredOn: null,
        consent: true,
        mortgaged: false,
        status: 'registered',
      } satisfies HouseTransfer;
    case 'account':
      return {
        ...base,
        consumerNo: '',
        holder: subject,
        unitCode: null,
        address: null,
        addressKeys: [],
        category: 'other',
        capacity: null,
        arrears: '0.00',
        organisation: null,
        openedOn: null,
        status: 'active',
      } satisfies MeterAccount;
    default:
      return base;
  }
}
