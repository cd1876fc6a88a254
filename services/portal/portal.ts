// The portal: what `contracts/http/portal.yaml` promises, answered from the views alone.
import { canonicalJson } from '../domain/canonical.ts';
import { HubError } from '../domain/errors.ts';
import { checkCitizenId, citizenIdHolds } from '../domain/identifiers/citizen-id.ts';
import { checkUscc, usccHolds } from '../domain/identifiers/uscc.ts';
import { cursorAfter, keyIn, pageOfRows } from '../ports/paging.ts';
import { nameReader } from './names.ts';
import { presentTypes } from './package-types.ts';
import { packagePresenter } from './present-package.ts';
import { transferPresenter } from './present-transfer.ts';
import type { ApiAnswer, Consumer, Operations } from '../ports/http.ts';
import type { AnswerPage } from '../ports/paging.ts';
import type { PersonOpener } from '../ports/person-keys.ts';
import type { FeedEntry, ViewRow } from '../ports/view-store.ts';
import type { FeedLine } from '../ports/views.ts';
import type { PortalPorts } from './ports.ts';

const ok = (body: unknown): ApiAnswer => ({ status: 200, body });

/** The handlers of the portal API by operationId. */
export function portalOperations(ports: PortalPorts): Operations {
  const { views, persons, packages } = ports;
  const names = nameReader(ports);
  const answerPackage = packagePresenter(packages, names);
  const presentTransfer = transferPresenter(names);
  const types = ok({ items: presentTypes(packages), next: null });

  const rowOf = async (view: string, id: string): Promise<ViewRow> => {
    const row = await views.get(view, id);
    if (!row) throw new HubError('NOT_FOUND', `there is no ${view} of this id`);
    return row;
  };

  return {
    async listPackages({ query }) {
      const tags = tagsOf(query as Query, ['premises', 'subject', 'type', 'status']);
      if (!('premises' in query) && !('subject' in query)) throw new HubError('USAGE', 'name a `subject`, `premises`, or both');
      const found = await findRows(views, 'package', tags, query as Query);
      return ok(await presented(found, async (row) => (await answerPackage(row)).body));
    },
    getPackage: async ({ params }) => answerPackage(await rowOf('package', params['id']!)),
    async getPackageContent({ params }) {
      const row = await rowOf('package', params['id']!);
      const body = JSON.parse(row.body) as object;
      const { digest } = JSON.parse(row.local) as { digest: string };
      // RFC 9530 §2: a digest in a header is base64 between colons.
      const contentDigest = `sha-256=:${Buffer.from(digest.slice('sha256:'.length), 'hex').toString('base64')}:`;
      return { status: 200, body, text: canonicalJson(body), headers: { 'Content-Digest': contentDigest } };
    },
    async findSubject({ body }) {
      const { idType, idNumber } = body as { idType: string; idNumber: string };
      await persons.ready();
      return ok({ subject: subjectOf(persons, idType, idNumber) });
    },
    async listTransferRequests({ query }) {
      const tags = tagsOf(query as Query, ['consumerNo', 'premises', 'subject', 'status']);
      const found = await findRows(views, 'transfer-request', tags, query as Query);
      return ok(await presented(found, presentTransfer));
    },
    getTransferRequest: async ({ params }) => ok(await presentTransfer(await rowOf('transfer-request', params['id']!))),
    listChanges: async ({ query, consumer }) => ok(await changesAfter(views, query as Query, consumer)),
    listPackageTypes: async () => types,
  };
}

interface Query {
  subject?: string;
  premises?: string;
  consumerNo?: string;
  type?: string;
  status?: string;
  after?: string;
  limit: number;
}
type Filter = 'premises' | 'subject' | 'consumerNo' | 'type' | 'status';

/** The tags to look for, the most selective first. Errors: USAGE for an identity number where a pseudonym belongs. */
function tagsOf(query: Query, filters: readonly Filter[]): string[] {
  const { subject } = query;
  if (subject !== undefined && citizenIdHolds(subject.toUpperCase()) && !usccHolds(subject)) {
    throw new HubError('USAGE', 'an identity number must not stand in an address; exchange it for a subject with POST /subjects');
  }
  return filters.flatMap((filter) =>
    query[filter] === undefined ? [] : [`${filter === 'consumerNo' ? 'consumer' : filter}:${query[filter]}`],
  );
}

function findRows(
  views: PortalPorts['views'],
  view: string,
  [tag, ...rest]: readonly string[],
  { after, limit }: Query,
): Promise<AnswerPage<ViewRow>> {
  return pageOfRows((page) => (tag === undefined ? views.list(view, page) : views.find(tag, { view, ...page })), rest, { after, limit });
}

async function presented(found: AnswerPage<ViewRow>, present: (row: ViewRow) => Promise<object>): Promise<AnswerPage<object>> {
  const items: object[] = [];
  for (const row of found.items) items.push(await present(row));
  return { items, next: found.next };
}

/** The same normal forms as adapters use (services/adapters/map-party.ts), so that the same document is the same subject. */
function subjectOf(persons: PersonOpener, idType: string, idNumber: string): string {
  if (idType === 'uscc') {
    const { normalised } = checkUscc(idNumber);
    if (normalised === null) throw new HubError('USAGE', 'this is not a valid unified social credit code');
    return normalised;
  }
  const plain = idNumber.toUpperCase().replace(/\s/g, '');
  return persons.pseudonym(idType, idType === 'citizen-id' ? (checkCitizenId(idNumber).normalised ?? plain) : plain);
}

/** Lies before every place in the feed, which all begin with a position of twelve digits. */
const feedStart = '0';
/** How much of the feed one request may look at when most of it is not for this consumer. */
const feedScan = 5_000;

async function changesAfter(views: PortalPorts['views'], { after, limit }: Query, consumer: Consumer): Promise<object> {
  const allowed = new Set<FeedLine['kind']>();
  if (consumer.scopes.includes('packages:read')) allowed.add('package');
  if (consumer.scopes.includes('transfers:read')) allowed.add('transfer-request');
  const chunk = allowed.size === 2 ? limit + 1 : Math.max(limit + 1, 500);
  const items: object[] = [];
  let at = keyIn(after) || feedStart;
  if (at !== feedStart && !/^\d{12}\.\d{8}\.\d{6}/.test(at)) throw new HubError('USAGE', '`after` is not a cursor that this API gave');
  for (let scanned = 0; scanned < feedScan; scanned += chunk) {
    const entries = await views.feed({ after: at, limit: chunk });
    for (const entry of entries) {
      if (items.length === limit) return { items, next: cursorAfter(at), more: true };
      at = entry.cursor;
      const line = JSON.parse(entry.body) as FeedLine;
      if (allowed.has(line.kind)) items.push(presentChange(entry, line));
    }
    if (entries.length < chunk) return { items, next: cursorAfter(at), more: false };
  }
  return { items, next: cursorAfter(at), more: true };
}

function presentChange({ cursor }: FeedEntry, { kind, id, change, status, was, digest, cause }: FeedLine): object {
  return { cursor: cursorAfter(cursor), kind, id, change, status, was, digest, cause };
}
