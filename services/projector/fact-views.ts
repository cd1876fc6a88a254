// The views of facts: which view holds a family, what of a fact links its subject to others, and what of it a row keeps.
import { changeOf, factFamilies, familyOf, streamOf, versionOfContract } from '../domain/events.ts';
import { partyIds } from '../domain/fold.ts';
import { normaliseName } from '../domain/names.ts';
import { oldCodeId } from '../domain/organisations.ts';
import type { FactFamily, Family, HubEvent } from '../domain/events.ts';
import type { BusinessLicence, Fact, FactByFamily, Party } from '../domain/facts.ts';
import type { Subject } from '../domain/subject.ts';
import type { SourceContract } from '../domain/source-contract.ts';
import type { State } from '../domain/states.ts';
import type { FactLocal } from '../ports/views.ts';
import type { Row } from './row.ts';

export type FactRow<F extends Fact = Fact> = Row<Subject<F>, FactLocal>;

interface FactView<F extends Fact> {
  view: string;
  /** Absent: no name is kept. */
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

/** A fact as a row keeps it, with what of it stands outside the digest. */
export interface KeptFact {
  view: string;
  state: State;
  /** Without sealed boxes and address tokens. */
  fact: Fact;
  sealed: FactLocal['sealed'];
  addressKeys: string[];
  links: string[];
}

/** The fact of an event, ready to be folded. `contracts` say how states of its source's records follow one another. */
export function keptFact(event: HubEvent, stated: Fact, contracts: RecordContracts): KeptFact {
  const kind = kindOf(event.type);
  const { fact, sealed, addressKeys, person } = withoutLocal(kind, stated);
  const contract = contracts.get(event.source)?.record;
  const change = changeOf(event.type);
  const state: State = {
    event: event.id,
    source: event.source,
    record: fact.record,
    corrects: fact.corrects ?? null,
    sequence: event.sequence,
    time: event.time,
    change,
    correction: contract?.corrections?.includes(change) ?? change === 'corrected',
    ends: contract?.ends !== undefined && endsBy(contract.ends, fact),
    evidence: event.evidence,
    contract: versionOfContract(event.contract),
    reader: event.reader,
    person,
    name: kind.name?.(fact) ?? null,
    parties: partyIds(partiesOf(kind, fact)),
  };
  return { view: kind.view, state, fact, sealed, addressKeys, links: linksOf(kind, fact, addressKeys) };
}

const endsBy = (ends: Record<string, string[]>, fact: Fact): boolean =>
  Object.entries(ends).some(([field, values]) => values.includes((fact as unknown as Record<string, string>)[field]!));

/** The sharing contracts by name: of each, how states of a record follow one another. */
export type RecordContracts = ReadonlyMap<string, Pick<SourceContract, 'record'>>;

const kindOf = (type: string): FactView<Fact> => factViews[familyOf(type) as FactFamily] as unknown as FactView<Fact>;

export const factViewNames = factFamilies.map((family) => factViews[family].view);

/** The stream of a subject, by the view that holds it. */
export const streamOfRow = (view: string, subject: string): string =>
  streamOf({ type: `${factFamilies.find((family) => factViews[family].view === view)!}.`, subject });

/** The view that holds a family's facts; undefined for the hub's own families. */
export const viewOfFamily = (family: Family): string | undefined =>
  (factViews as unknown as Partial<Record<Family, FactView<Fact>>>)[family]?.view;

/** What a fact by itself links its subject to. Addresses at building and room: the levels at which candidates are looked for. */
function linksOf(kind: FactView<Fact>, fact: Fact, addressKeys: readonly string[]): string[] {
  const links = kind.tags(fact).filter((tag) => tag !== null && tag !== '') as string[];
  for (const token of [addressKeys[1], addressKeys[3]]) if (token) links.push(`address:${token}`);
  return links;
}

/**
 * Links of the deciding fact, every party and name that counts, and as `was:` whatever else was ever stated, so that a
 * subject is found by it for good.
 */
export function tagsOf(view: string, body: Subject, decidingLinks: readonly string[], ever: Iterable<string>): string[] {
  const tags = new Set(decidingLinks);
  if (body.misread.length > 0) tags.add('misread');
  for (const party of body.parties) tags.add(`party:${party}`);
  if (view === 'enterprise') {
    for (const { name } of body.names) tags.add(`party:name:${normaliseName(name)}`);
    tags.add(`party:${oldCodeId(body.subject)}`);
  }
  for (const link of ever) if (!tags.has(link)) tags.add(link.startsWith('was:') ? link : `was:${link}`);
  for (const tag of tags) if (tag.startsWith('was:') && tags.has(tag.slice(4))) tags.delete(tag);
  return [...tags].sort();
}

/** The tags by which an event ever led to its subject: links, parties, and the name of an enterprise. */
export function everLinks({ view, state, links }: KeptFact): string[] {
  const parties = state.parties.map((party) => `party:${party}`);
  return [...links, ...parties, ...(view === 'enterprise' && state.name !== null ? [`party:name:${normaliseName(state.name)}`] : [])];
}

function partiesOf({ parties, foundByParties = true }: FactView<Fact>, fact: Fact): (Party | null)[] {
  return foundByParties ? parties.flatMap((field) => fact[field] as unknown as Party | null | Party[]) : [];
}

/** Takes sealed boxes and address tokens out of a fact. Rules take plain objects only, so parties are copied. */
function withoutLocal(kind: FactView<Fact>, stated: Fact): Pick<KeptFact, 'fact' | 'sealed' | 'addressKeys'> & { person: boolean } {
  const fact: Record<string, unknown> = { ...stated };
  const sealed: Record<string, string> = {};
  let person = false;
  const bare = (party: Party): Party => {
    person ||= party.kind === 'person';
    if (party.sealed) sealed[party.id] = Buffer.from(party.sealed.box).toString('base64');
    return { ...party, sealed: null };
  };
  for (const field of kind.parties) {
    const named = fact[field] as Party | null | Party[];
    fact[field] = Array.isArray(named) ? named.map(bare) : named && bare(named);
  }
  const { addressKeys = [] } = stated as { addressKeys?: string[] };
  if ('addressKeys' in fact) fact['addressKeys'] = [];
  return { fact: fact as unknown as Fact, sealed, addressKeys, person };
}
