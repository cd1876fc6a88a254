// Who an enterprise is kin to, as the views know it: parents, branches, and who goes on for whom after a merger.
import { isDoubtful } from '../domain/subject.ts';
import { normaliseName } from '../domain/names.ts';
import { parentOf, sameOrganisation, successorOf } from '../domain/organisations.ts';
import { kinRules } from '../domain/packages/kin.ts';
import type { BusinessLicence, Party } from '../domain/facts.ts';
import type { Subject } from '../domain/subject.ts';
import type { Kin, Remark } from '../domain/packages/kin.ts';
import type { FactLocal } from '../ports/views.ts';
import type { FactRow } from './fact-views.ts';
import type { Session } from './session.ts';

export type LicenceRow = FactRow<BusinessLicence>;

/** Every former name too, as rules compare them. */
export const namesOf = ({ body }: LicenceRow): string[] => body.names.map(({ name }) => normaliseName(name));

const enterprise = (session: Session, code: string): Promise<LicenceRow | undefined> =>
  session.get<Subject<BusinessLicence>, FactLocal>('enterprise', code);

/** The licence of a party, by code, or by old code or name where exactly one enterprise ever had it. */
export async function licenceOf(session: Session, id: string): Promise<LicenceRow | undefined> {
  if (!id.startsWith('name:') && !id.startsWith('org:')) return enterprise(session, id);
  const namesakes = await session.find<Subject<BusinessLicence>, FactLocal>('enterprise', `party:${id}`);
  return namesakes.length === 1 ? namesakes[0] : undefined;
}

/** Those who went on for an enterprise, one after the other, as far as they are registered. */
interface Succession {
  /** Beginning with the enterprise itself. */
  line: LicenceRow[];
  /** False where a link is contradicted, leads back, or leads to a branch or to one that was never registered. */
  clear: boolean;
}

async function successionOf(session: Session, first: LicenceRow): Promise<Succession> {
  const line = [first];
  let clear = true;
  for (let last = first; ;) {
    const next = successorOf(last.body.fact);
    if (next === null) return { line, clear };
    clear &&= !isDoubtful(last.body);
    const row = line.some(({ key }) => key === next) ? undefined : await enterprise(session, next);
    // A branch is no legal person, so nothing is merged into it (公司法 2023 §13).
    if (!row || parentOf(row.body.fact) !== null) return { line, clear: false };
    line.push((last = row));
  }
}

/** The enterprise to which all came that an absorbed one had; undefined where there is none, or it is not clear who. */
export async function heirOf(session: Session, licence: LicenceRow): Promise<LicenceRow | undefined> {
  const { line, clear } = await successionOf(session, licence);
  return clear && line.length > 1 ? line.at(-1) : undefined;
}

/** The licences of some enterprises and of all who went on for them. */
export async function linesOf(session: Session, ids: readonly string[]): Promise<LicenceRow[]> {
  const rows: LicenceRow[] = [];
  for (const id of ids) {
    const licence = await licenceOf(session, id);
    if (licence) rows.push(...(await successionOf(session, licence)).line);
  }
  return rows;
}

/** Of the parties that evidence names, those that are kin to the applicant. */
export async function kinAmong(session: Session, applicant: LicenceRow, parties: readonly Party[]): Promise<Kin[]> {
  const found = new Map<string, Kin>();
  for (const party of parties) {
    if (party.kind !== 'organisation' || sameOrganisation(party.id, applicant.key)) continue;
    const licence = await licenceOf(session, party.id);
    const id = licence?.key ?? party.id;
    if (found.has(id) || id === applicant.key) continue;
    const kin = await kinshipOf(session, applicant, id, licence);
    const names = licence ? namesOf(licence) : [];
    if (kin) found.set(id, { ...kin, id, subject: { kind: 'organisation', id, names } });
  }
  return [...found.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

type Kinship = Pick<Kin, 'kin' | 'events' | 'clear'>;

async function kinshipOf(session: Session, applicant: LicenceRow, id: string, licence: LicenceRow | undefined): Promise<Kinship | null> {
  const { fact, event } = applicant.body;
  if (licence) {
    const { line, clear } = await successionOf(session, licence);
    const place = line.findIndex(({ key }) => key === applicant.key);
    if (place > 0) return { kin: 'predecessor', events: line.slice(0, place).map(({ body }) => body.event), clear };
  }
  if (parentOf(fact) === id) return { kin: 'parent', events: [event], clear: true };
  if (licence && parentOf(licence.body.fact) === applicant.key) return { kin: 'branch', events: [licence.body.event], clear: true };
  return null;
}

/** What is to be said of a licence because of others: of a branch's because of its parent, of one that was merged away. */
export async function remarksOn(session: Session, licence: LicenceRow): Promise<Remark[]> {
  const { fact, event } = licence.body;
  const remarks: Remark[] = [];
  if (fact.parentUscc) {
    const id = parentOf(fact);
    const parent = id === null ? undefined : await enterprise(session, id);
    const related = { kin: 'parent', id: fact.parentUscc, events: parent ? [event, parent.body.event] : [event] } as const;
    if (parent && gone.has(parent.body.fact.status)) remarks.push({ rule: kinRules.parentStands, otherwise: 'mismatch', related });
    else if (!parent || isDoubtful(parent.body)) remarks.push({ rule: kinRules.parentKnown, otherwise: 'notice', related });
  }
  const successor = successorOf(fact);
  if (successor !== null) {
    const { line, clear } = await successionOf(session, licence);
    const related = {
      kin: 'successor',
      id: line.length > 1 ? line.at(-1)!.key : successor,
      events: line.map(({ body }) => body.event),
    } as const;
    remarks.push({ rule: clear ? kinRules.mergedAway : kinRules.successionClear, otherwise: 'notice', related });
  }
  return remarks;
}

const gone: ReadonlySet<BusinessLicence['status']> = new Set(['revoked', 'revoked-deregistered', 'deregistered', 'rescinded']);
