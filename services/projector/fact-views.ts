// The views of facts: one row a subject, which is the sorted set of what was said of it.
import { changeOf, familyOf } from '../domain/events.ts';
import { addEntry, everNames, everParties, partyIds } from '../domain/fold.ts';
import { normaliseName } from '../domain/names.ts';
import { oldCodeId } from '../domain/organisations.ts';
import type { FactFamily, RecordedEvent } from '../domain/events.ts';
import type { BusinessLicence, Fact, FactByFamily, Party } from '../domain/facts.ts';
import type { Entry, Subject } from '../domain/fold.ts';
import type { FactLocal } from '../ports/views.ts';
import { Row } from './row.ts';
import type { Session } from './session.ts';

export type FactRow<F extends Fact = Fact> = Row<Subject<F>, FactLocal>;

interface FactView<F extends Fact> {
  view: string;
  name?: (fact: F) => string;
  /** The fields that name parties: one, a list, or none. */
  parties: (keyof F & string)[];
  /** Absent: it is found by those parties. A licence is not found by its representative. */
  foundByParties?: boolean;
  /** What other rows find this one by; parties and addresses are added for all. */
  tags: (fact: F) => (string | null)[];
}

const unit = (code: string | null): string | null => code && `unit:${code}`;
const project = (code: string | null): string | null => code && `project:${code}`;

/** Which view holds a family's facts, and what of a fact links it to others. */
const factViews: { [Family in FactFamily]: FactView<FactByFamily[Family]> } = {
  'business-licence': {
    view: 'enterprise',
    name: (fact) => fact.name,
    parties: ['representative'],
    foundByParties: false,
    tags: ({ parentUscc, successorUscc }) => [
      parentUscc ? `parent:${parentUscc}` : null,
      successorUscc ? `successor:${successorUscc}` : null,
    ],
  },
  'property-right': { view: 'property', parties: ['holders'], tags: (fact) => [unit(fact.unitCode)] },
  'project-approval': {
    view: 'project',
    parties: ['builder'],
    tags: (fact) => [project(fact.projectCode), unit(fact.unitCode)],
  },
  'planning-permit': {
    view: 'permit',
    parties: ['builder'],
    tags: (fact) => [project(fact.projectCode), unit(fact.unitCode)],
  },
  'house-transfer': {
    view: 'house-transfer',
    parties: ['sellers', 'buyers'],
    tags: (fact) => [unit(fact.unitCode), fact.consumerNo && `consumer:${fact.consumerNo}`],
  },
  'meter-account': {
    view: 'meter-account',
    name: (fact) => fact.holder?.name ?? '',
    parties: ['holder'],
    tags: (fact) => [unit(fact.unitCode), `consumer:${fact.consumerNo}`],
  },
};

/** Where a fact goes, what it links its subject to and which parties it names; null for the hub's own events. */
export function placeOf(type: string, stated: object): { view: string; links: string[]; parties: string[] } | null {
  const kind = factViews[familyOf(type) as FactFamily] as unknown as FactView<Fact> | undefined;
  if (!kind) return null;
  const fact = stated as Fact;
  const { addressKeys = [] } = stated as { addressKeys?: string[] };
  const links = linksOf(kind, fact, addressKeys);
  if (kind.view === 'enterprise')
    links.push(`party:name:${normaliseName(kind.name!(fact))}`, `party:${oldCodeId((fact as BusinessLicence).uscc)}`);
  return { view: kind.view, links, parties: partyIds(partiesOf(kind, fact)) };
}

/** Folds a fact into its subject's row. Gives the rows before and after, or null when the event was in it already. */
export async function applyFact(
  session: Session,
  event: RecordedEvent,
  stated: Fact,
): Promise<{ view: string; before: FactRow | undefined; after: FactRow } | null> {
  const family = familyOf(event.type) as FactFamily;
  const kind = factViews[family] as unknown as FactView<Fact>;
  const before = await session.get<Subject, FactLocal>(kind.view, event.subject);
  const { fact, sealed, addressKeys } = withoutLocal(kind, stated);
  const parties = partyIds(partiesOf(kind, fact));
  const name = kind.name?.(fact);
  const entry: Entry = { event: event.id, record: fact.record, sequence: event.sequence, time: event.time, change: changeOf(event.type) };
  if (name) entry.name = name;
  if (parties.length > 0) entry.parties = parties;
  const body = addEntry(before?.body, event.subject, entry, fact);
  if (before && body === before.body) return null;
  const decides = body.event === event.id;
  const local = decides || !before ? localOf(event, sealed, addressKeys) : before.local;
  const links = [...(before?.tags ?? []), ...linksOf(kind, fact, addressKeys)];
  const after: FactRow = Row.of({ key: event.subject, body, local, tags: tagsOf(kind, body, local, links), due: null });
  session.put(kind.view, after);
  return { view: kind.view, before, after };
}

function localOf({ source, recordedtime, position }: RecordedEvent, sealed: FactLocal['sealed'], addressKeys: string[]): FactLocal {
  return { source, recordedtime, position, sealed, addressKeys };
}

/** What a fact by itself links its subject to. Addresses at building and room: the levels at which candidates are looked for. */
function linksOf(kind: FactView<Fact>, fact: Fact, addressKeys: readonly string[]): string[] {
  const links = kind.tags(fact).filter((tag) => tag !== null && tag !== '') as string[];
  for (const token of [addressKeys[1], addressKeys[3]]) if (token) links.push(`address:${token}`);
  return links;
}

/** Links of the deciding fact, every party and name there ever was, and as `was:` every other link ever stated. */
function tagsOf(kind: FactView<Fact>, body: Subject, local: FactLocal, everLinks: readonly string[]): string[] {
  const tags = new Set(linksOf(kind, body.fact, local.addressKeys));
  for (const party of everParties(body)) tags.add(`party:${party}`);
  if (kind.view === 'enterprise') {
    for (const name of everNames(body)) tags.add(`party:name:${normaliseName(name)}`);
    tags.add(`party:${oldCodeId(body.subject)}`);
  }
  for (const link of everLinks) if (!tags.has(link)) tags.add(link.startsWith('was:') ? link : `was:${link}`);
  for (const tag of tags) if (tag.startsWith('was:') && tags.has(tag.slice(4))) tags.delete(tag);
  return [...tags].sort();
}

function partiesOf({ parties, foundByParties = true }: FactView<Fact>, fact: Fact): (Party | null)[] {
  return foundByParties ? parties.flatMap((field) => fact[field] as unknown as Party | null | Party[]) : [];
}

/** Takes sealed boxes and address tokens out of a fact. Rules take plain objects only, so parties are copied. */
function withoutLocal(kind: FactView<Fact>, stated: Fact): { fact: Fact; sealed: Record<string, string>; addressKeys: string[] } {
  const fact: Record<string, unknown> = { ...stated };
  const sealed: Record<string, string> = {};
  const bare = (party: Party): Party => {
    if (party.sealed) sealed[party.id] = Buffer.from(party.sealed.box).toString('base64');
    return { ...party, sealed: null };
  };
  for (const field of kind.parties) {
    const named = fact[field] as Party | null | Party[];
    fact[field] = Array.isArray(named) ? named.map(bare) : named && bare(named);
  }
  const { addressKeys = [] } = stated as { addressKeys?: string[] };
  if ('addressKeys' in fact) fact['addressKeys'] = [];
  return { fact: fact as unknown as Fact, sealed, addressKeys };
}
