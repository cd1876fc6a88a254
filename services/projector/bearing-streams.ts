// Which streams bear on the packages and the request of one premises, so that no other need be read.
import { packageIdParts } from '../domain/packages/judge.ts';
import { partsOfStream, streamOf } from '../domain/events.ts';
import { kinNamed } from './kin-links.ts';
import type { Family } from '../domain/events.ts';
import type { Ledger } from '../domain/ledger.ts';
import type { TransferStep } from '../domain/own-facts.ts';
import type { ViewReader, ViewRow } from '../ports/view-store.ts';

/** Property unit, project, case or account; with the package's own id where only that one is wanted. */
export interface Matter {
  premises: string;
  packages: readonly string[];
}

export type LinkReader = Pick<ViewReader, 'get' | 'getAll' | 'find' | 'findAll'>;

export const matterOfPackage = (id: string): Matter => ({ premises: packageIdParts(id)[2] ?? '', packages: [id] });

const familyOfView: Readonly<Record<string, Family>> = {
  enterprise: 'business-licence',
  property: 'property-right',
  project: 'project-approval',
  permit: 'planning-permit',
  'house-transfer': 'house-transfer',
  'meter-account': 'meter-account',
};

/**
 * The streams of every subject within two links of the premises, of the licences of their parties, and of the hub's own
 * steps in the matter. Subjects keep what they were ever linked by, so today's views name every stream that ever bore on it.
 */
export async function bearingStreams(views: LinkReader, { premises, packages }: Matter): Promise<string[]> {
  const streams = new Set(packages.map((id) => `commitment-${id}`));
  const add = (row: ViewRow): void => {
    // Nothing of it counts any more, and once it did.
    if (row.view === 'unstated') streams.add(row.key);
    const family = familyOfView[row.view];
    if (family !== undefined) streams.add(streamOf({ type: `${family}.`, subject: row.key }));
  };
  const transfer = (await views.get('house-transfer', premises)) ?? (await views.get('unstated', `house-transfer-${premises}`));
  // A package of a party that owns or holds nothing else is found by its party alone.
  const parties = new Set(packages.map((id) => `party:${packageIdParts(id)[1] ?? ''}`));
  let frontier = new Set([`unit:${premises}`, `project:${premises}`, `consumer:${premises}`]);
  if (transfer) {
    add(transfer);
    for (const tag of plain(transfer.tags)) (tag.startsWith('party:') ? parties : frontier).add(tag);
    for (const stream of await stepsOfTransfer(views, premises, plain(transfer.tags))) streams.add(stream);
    for (const consumerNo of await accountsChosen(views, premises)) frontier.add(`consumer:${consumerNo}`);
  }
  for (let step = 0; step < 2; step++) {
    const links = [...frontier].filter((tag) => !tag.startsWith('address:'));
    // An address leads to accounts that might be meant, and from there no further.
    for (const tag of await addressed(views, frontier)) streams.add(tag);
    frontier = new Set();
    for (const row of await views.findAll(links.flatMap(everTagged))) {
      add(row);
      for (const tag of plain(row.tags)) {
        if (tag.startsWith('party:')) parties.add(tag);
        else if (!tag.startsWith('address:') && (familyOfView[row.view] ?? unstated(row)) && isLink(tag)) frontier.add(tag);
      }
    }
  }
  for (const stream of await licences(views, parties)) streams.add(stream);
  for (const stream of await decidedUpon(views, [...streams])) streams.add(stream);
  return [...streams].sort();
}

/** The decisions about events of streams, where there are any. */
async function decidedUpon(views: LinkReader, streams: readonly string[]): Promise<string[]> {
  const decided = await views.getAll(streams.map((key) => ({ view: 'retirement', key })));
  return decided.map(({ key }) => streamOf({ type: 'retirement.', subject: key }));
}

/** What was stated once and corrected since bore on the matter too. */
export const everTagged = (tag: string): string[] => [tag, `was:${tag}`];
const unstated = ({ view }: ViewRow): boolean => view === 'unstated';
const plain = (tags: readonly string[]): string[] => tags.map((tag) => tag.replace(/^was:/, ''));
const isLink = (tag: string): boolean => /^(unit|project|consumer):/.test(tag);

async function addressed(views: LinkReader, tags: Iterable<string>): Promise<string[]> {
  const streams: string[] = [];
  for (const tag of tags) {
    if (!tag.startsWith('address:')) continue;
    for (const each of everTagged(tag))
      for (const { key } of await views.find(each, { view: 'meter-account' })) streams.push(`meter-account-${key}`);
    for (const { key } of await views.find(`was:${tag}`, { view: 'unstated' })) if (key.startsWith('meter-account-')) streams.push(key);
  }
  return streams;
}

/**
 * Persons have no licence; a party known by name or old code alone leads to every enterprise that ever had it, and each
 * enterprise to those that it ever named as its parent or as going on for it.
 */
async function licences(views: LinkReader, parties: Iterable<string>): Promise<string[]> {
  const codes = new Set<string>();
  for (const tag of parties) {
    const id = tag.slice('party:'.length);
    if (id === '' || id.startsWith('p-')) continue;
    if (!/^(name|org):/.test(id)) codes.add(id);
    else
      for (const row of await views.findAll(everTagged(tag))) {
        const code = codeOf(row);
        if (code !== null) codes.add(code);
      }
  }
  for (let frontier = [...codes]; frontier.length > 0;) {
    const rows = await views.getAll(
      frontier.flatMap((key) => [
        { view: 'enterprise', key },
        { view: 'unstated', key: licenceStream(key) },
      ]),
    );
    frontier = [...new Set(rows.flatMap(({ tags }) => kinNamed(plain(tags))))].filter((code) => !codes.has(code));
    for (const code of frontier) codes.add(code);
  }
  return [...codes].map(licenceStream);
}

const licenceStream = (code: string): string => streamOf({ type: 'business-licence.', subject: code });

/** Of a licence, also of one of which nothing counts any more. */
function codeOf({ view, key }: ViewRow): string | null {
  if (view === 'enterprise') return key;
  const parts = view === 'unstated' ? partsOfStream(key) : null;
  return parts?.family === 'business-licence' ? parts.subject : null;
}

/** The steps of the request, and every consent for this case, or of a party of it for any. */
async function stepsOfTransfer(views: LinkReader, caseNo: string, tags: readonly string[]): Promise<string[]> {
  const object = `object:${caseNo}`;
  const grantors = tags.flatMap((tag) => (tag.startsWith('party:') ? [tag.replace('party:', 'grantor:')] : []));
  const streams = [`transfer-request-${caseNo}`];
  for (const tag of [object, ...grantors]) {
    for (const row of await views.find(tag, { view: 'consent' }))
      if (row.tags.includes(object) || !row.tags.some((other) => other.startsWith('object:'))) streams.push(`authorisation-${row.key}`);
  }
  return streams;
}

/** Accounts that a reviewer ever chose for the case; nothing else may link them to it. */
async function accountsChosen(views: LinkReader, caseNo: string): Promise<string[]> {
  const life = await views.get('transfer-life', caseNo);
  if (!life) return [];
  return (JSON.parse(life.body) as Ledger<TransferStep>).steps.flatMap(({ fact }) => fact.consumerNo ?? []);
}
