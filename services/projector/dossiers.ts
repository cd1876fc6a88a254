// Gathers what bears on one possible package: the dossier that a package type judges.
import { contradicted } from '../domain/subject.ts';
import { normaliseName } from '../domain/names.ts';
import { sameParty } from '../domain/transfers/match.ts';
import { heirOf, kinAmong, licenceOf, linesOf, namesOf, remarksOn } from './kin.ts';
import type { Fact, HouseTransfer, MeterAccount, Party, PlanningPermit, ProjectApproval, PropertyRight } from '../domain/facts.ts';
import type { Subject } from '../domain/subject.ts';
import type { PackageSubject, Target } from '../domain/packages/contract.ts';
import type { Dossier, Evidence } from '../domain/packages/judge.ts';
import type { FactLocal } from '../ports/views.ts';
import type { FactRow } from './fact-views.ts';
import type { LicenceRow } from './kin.ts';
import type { Session } from './session.ts';

/** A dossier, and every row that it was made of. */
export interface GatheredDossier extends Dossier {
  rows: FactRow[];
}

export async function gatherDossiers(session: Session, target: Target, key: string): Promise<GatheredDossier[]> {
  switch (target) {
    case 'held-property':
      return heldProperty(session, key);
    case 'project':
      return project(session, key);
    case 'house-transfer':
      return houseTransfer(session, key);
    case 'account':
      return account(session, key);
  }
}

type Rows<F extends Fact> = Promise<FactRow<F>[]>;
const find = <F extends Fact>(session: Session, view: string, tag: string): Rows<F> => session.find<Subject<F>, FactLocal>(view, tag);

/** A unit and each who ever held it; former holders stay, so that what relied on them lapses instead of vanishing. */
async function heldProperty(session: Session, unitCode: string): Promise<GatheredDossier[]> {
  const property = await session.get<Subject<PropertyRight>, FactLocal>('property', unitCode);
  if (!property) return [];
  const accounts = await find<MeterAccount>(session, 'meter-account', `unit:${unitCode}`);
  const projects = await find<ProjectApproval>(session, 'project', `unit:${unitCode}`);
  const permits = await find<PlanningPermit>(session, 'permit', `unit:${unitCode}`);
  const known = {
    use: property.body.fact.use,
    metered: accounts.some((row) => row.body.fact.status !== 'closed'),
    governed: projects.length > 0,
  };
  const { holders } = property.body.fact;
  const ever = property.body.parties.map((id) => partyNamed(holders, id));
  return forEachSubject(session, [...ever, ...(await heirsOf(session, holders))], unitCode, known, {
    property: [property],
    approval: projects,
    permit: permits,
    account: accounts,
  });
}

/** A project and each who ever was its builder. */
async function project(session: Session, code: string): Promise<GatheredDossier[]> {
  const approval = await session.get<Subject<ProjectApproval>, FactLocal>('project', code);
  const permits = await find<PlanningPermit>(session, 'permit', `project:${code}`);
  if (!approval) return [];
  const units = new Set([approval, ...permits].flatMap((row) => (row.body.fact.unitCode === null ? [] : [row.body.fact.unitCode])));
  const property: FactRow<PropertyRight>[] = [];
  for (const unit of [...units].sort()) property.push(...(await find<PropertyRight>(session, 'property', `unit:${unit}`)));
  const of = (kind: PlanningPermit['kind']): FactRow<PlanningPermit>[] => permits.filter((row) => row.body.fact.kind === kind);
  const { builder } = approval.body.fact;
  const ever = approval.body.parties.map((id) => partyNamed([builder], id));
  const builders = [...ever, ...(await heirsOf(session, builder ? [builder] : []))];
  const shared = { approval: [approval], permit: of('works'), landPermit: of('land'), property };
  return forEachSubject(session, builders, code, {}, shared);
}

/** A registered transfer and each of its buyers. */
async function houseTransfer(session: Session, caseNo: string): Promise<GatheredDossier[]> {
  const transfer = await session.get<Subject<HouseTransfer>, FactLocal>('house-transfer', caseNo);
  if (!transfer) return [];
  const { fact } = transfer.body;
  const request = await session.get<{ meter: { consumerNo: string } | null }, unknown>('transfer-request', caseNo);
  const consumerNo = request?.body.meter?.consumerNo;
  const found = consumerNo === undefined ? undefined : await session.get<Subject<MeterAccount>, FactLocal>('meter-account', consumerNo);
  const property = fact.unitCode === null ? [] : await find<PropertyRight>(session, 'property', `unit:${fact.unitCode}`);
  const known = { registered: request !== undefined, matched: found !== undefined };
  return forEachSubject(session, fact.buyers, caseNo, known, { transfer: [transfer], property, account: found ? [found] : [] });
}

/** An account and its holder, if an organisation: is it still held under a former name? */
async function account(session: Session, consumerNo: string): Promise<GatheredDossier[]> {
  const row = await session.get<Subject<MeterAccount>, FactLocal>('meter-account', consumerNo);
  const holder = row?.body.fact.holder;
  if (!row || holder?.kind !== 'organisation') return [];
  return forEachSubject(session, [holder], consumerNo, { accountName: normaliseName(holder.name ?? '') }, { account: [row] });
}

/** A party as the deciding fact names it, or one of which only the identity is still known. */
function partyNamed(parties: readonly (Party | null)[], id: string): Party {
  const kind = id.startsWith('p-') ? 'person' : 'organisation';
  return (
    parties.find((party) => party?.id === id) ?? {
      kind,
      id,
      name: null,
      idType: null,
      idValid: false,
      nameKey: null,
      share: null,
      sealed: null,
    }
  );
}

type Slots = Record<string, FactRow[]>;

async function forEachSubject(
  session: Session,
  parties: readonly Party[],
  premises: string,
  known: Record<string, unknown>,
  shared: object,
): Promise<GatheredDossier[]> {
  const dossiers = new Map<string, GatheredDossier>();
  const evidenceOfShared = Object.fromEntries(Object.entries(shared as Slots).map(([slot, rows]) => [slot, rows.map(evidenceOfRow)]));
  for (const party of parties) {
    const licence = party.kind === 'organisation' ? await licenceOf(session, party.id) : undefined;
    const names = licence ? namesOf(licence) : party.name === null ? [] : [normaliseName(party.name)];
    const subject: PackageSubject = { kind: party.kind, id: licence?.key ?? party.id, names };
    const licences: FactRow[] = licence ? [licence] : [];
    const slots = { ...(shared as Slots), licence: licences };
    const evidence = { ...evidenceOfShared, identity: identities(slots, party), licence: licences.map(evidenceOfRow) };
    const currentName = licence ? normaliseName(licence.body.fact.name) : null;
    const dossier = { subject, premises, evidence, known: { ...known, currentName }, rows: Object.values(slots).flat() };
    dossiers.set(subject.id, licence ? await withKin(session, dossier, slots, licence) : dossier);
  }
  return [...dossiers.values()];
}

/** What the applicant's parent, branches and mergers have to do with it, and their licences among the rows. */
async function withKin(session: Session, dossier: GatheredDossier, slots: Slots, licence: LicenceRow): Promise<GatheredDossier> {
  const kin = await kinAmong(session, licence, ownersIn(slots));
  const remarks = await remarksOn(session, licence);
  if (kin.length === 0 && remarks.length === 0) return dossier;
  const [stated] = dossier.evidence['licence']!;
  const turnsOn = [licence.key, ...kin.map(({ id }) => id), ...remarks.map(({ related }) => related.id)];
  const rows = new Set([...dossier.rows, ...((await linesOf(session, turnsOn)) as FactRow[])]);
  return { ...dossier, evidence: { ...dossier.evidence, licence: [{ ...stated!, remarks }] }, kin, rows: [...rows] };
}

/** Whom titles, approvals and permits name. */
function ownersIn(slots: Slots): Party[] {
  return Object.values(slots)
    .flat()
    .flatMap((row) => {
      const { holders, builder } = row.body.fact as { holders?: Party[]; builder?: Party | null };
      return [...(holders ?? []), ...(builder ? [builder] : [])];
    });
}

/** The enterprises that go on for those of some parties that were merged away: who has a thing now, not who ever had it. */
async function heirsOf(session: Session, parties: readonly Party[]): Promise<Party[]> {
  const heirs: Party[] = [];
  for (const { kind, id } of parties) {
    const licence = kind === 'organisation' ? await licenceOf(session, id) : undefined;
    const heir = licence && (await heirOf(session, licence));
    if (heir) heirs.push(partyNamed([], heir.key));
  }
  return heirs;
}

const evidenceOfRow = (row: FactRow): Evidence => evidenceOf(row, row.body.fact);

/** Where a registry has identified a natural person: the property register and the transfer record. */
function identities(slots: Slots, wanted: Party): Evidence[] {
  return ['property', 'transfer', 'account'].flatMap((slot) =>
    (slots[slot] ?? []).flatMap((row) => {
      const { holders, buyers, holder } = row.body.fact as { holders?: Party[]; buyers?: Party[]; holder?: Party | null };
      const party = [...(holders ?? []), ...(buyers ?? []), holder ?? null].find(
        (other) => other?.kind === 'person' && sameParty(other, wanted),
      );
      // The term of a right says nothing of the person who has it.
      return party ? [{ ...evidenceOf(row, party), validUntil: null, value: party.idType ?? '' }] : [];
    }),
  );
}

function evidenceOf(row: FactRow, fact: object): Evidence {
  const { validUntil } = row.body.fact as { validUntil?: string | null };
  return {
    fact,
    event: row.body.event,
    time: row.body.since,
    validUntil: validUntil ?? null,
    conflicts: contradicted(row.body) ? row.body.conflicts : [],
    waiting: row.body.waiting,
    displaced: row.body.displaced,
    value: row.key,
  };
}
