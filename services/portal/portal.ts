// The portal: what `contracts/http/portal.yaml` promises, answered from the views once it is recorded who is given what.
import { hash } from 'node:crypto';
import { canonicalJson } from '../domain/canonical.ts';
import { HubError } from '../domain/errors.ts';
import { checkCitizenId, citizenIdHolds } from '../domain/identifiers/citizen-id.ts';
import { checkUscc, usccHolds } from '../domain/identifiers/uscc.ts';
import { pageOf, pageStyle, qrText } from '../domain/copies/page.ts';
import { cursorAfter, keyIn, pageOfRows } from '../ports/paging.ts';
import { accessRecorder, checkedCase } from './access.ts';
import { commitmentOperations } from './commitments.ts';
import { copyMaker, givenPackage } from './copies.ts';
import { decisionOperations } from './decisions.ts';
import { freshnessReader } from './freshness.ts';
import { nameReader } from './names.ts';
import { presentTypes } from './package-types.ts';
import { packagePreparer } from './prepare-package.ts';
import { packagePresenter } from './present-package.ts';
import { transferPresenter } from './present-transfer.ts';
import type { TransferRequest } from '../domain/transfers/request.ts';
import type { ApiAnswer, ApiRequest, Consumer, Operations } from '../ports/http.ts';
import type { AnswerPage } from '../ports/paging.ts';
import type { PersonOpener } from '../ports/person-keys.ts';
import type { FeedEntry, ViewRow } from '../ports/view-store.ts';
import type { FeedLine, JudgedLocal } from '../ports/views.ts';
import type { Given, Reader } from './access.ts';
import type { CopyWish, SignedCopy } from './copies.ts';
import type { GivingPorts, PortalPorts } from './ports.ts';

const ok = (body: unknown): ApiAnswer => ({ status: 200, body });

/** The handlers of the portal API by operationId. */
export function portalOperations(ports: PortalPorts): Operations {
  const { views, persons, packages } = ports;
  const names = nameReader(ports);
  const prepare = packagePreparer(ports);
  const answerPackage = packagePresenter(prepare, names, freshnessReader(ports));
  const access = accessRecorder(ports);
  const copy = copyMaker({ ...ports, access, present: answerPackage });
  const givenRow = (row: ViewRow): Given => {
    const { pack, local } = prepare(row);
    return givenPackage(pack, local);
  };
  const presentTransfer = transferPresenter(names, ports.subjects);
  const types = ok({ items: presentTypes(packages), next: null });

  const rowOf = async (view: string, id: string): Promise<ViewRow> => {
    const row = await views.get(view, id);
    if (!row) throw new HubError('NOT_FOUND', `there is no ${view} of this id 没有此编号`);
    return row;
  };

  return {
    async listPackages(request) {
      const { query } = request;
      const tags = tagsOf(query as Query, ['premises', 'subject', 'type', 'status']);
      if (!('premises' in query) && !('subject' in query))
        throw new HubError('USAGE', 'name a `subject`, `premises`, or both 请指明主体、用电地址或二者');
      const found = await findRows(views, 'package', tags, query as Query);
      await access.read(readerOf(request), found.items.map(givenRow));
      return ok(await presented(found, async (row) => (await answerPackage(row)).body));
    },
    async getPackage(request) {
      const row = await rowOf('package', request.params['id']!);
      // What is known to be recorded needs no wait.
      const recorded = access.read(readerOf(request), [givenRow(row)]);
      if (recorded) await recorded;
      return answerPackage(row);
    },
    async getPackageContent(request) {
      const row = await rowOf('package', request.params['id']!);
      await access.read(readerOf(request), [givenRow(row)]);
      const body = JSON.parse(row.body) as object;
      const { digest } = JSON.parse(row.local) as { digest: string };
      // RFC 9530 §2: a digest in a header is base64 between colons.
      const contentDigest = `sha-256=:${Buffer.from(digest.slice('sha256:'.length), 'hex').toString('base64')}:`;
      return { status: 200, body, text: canonicalJson(body), headers: { 'Content-Digest': contentDigest } };
    },
    async makeCopy({ params, body, consumer, purpose, mediaType }) {
      const wish = { ...(body as Pick<CopyWish, 'case' | 'maker' | 'validUntil'>), consumer: consumer.id, purpose: purpose! };
      const made = await copy(params['id']!, wish);
      if (mediaType !== 'text/html') return { status: 200, body: made.jws, text: made.jws };
      const page = pageOf(made.copy, ports.qrCode(qrText(made.copy)));
      return { status: 200, body: page, text: page, mediaType, headers: { 'Content-Security-Policy': pagePolicy } };
    },
    async findSubject({ body }) {
      const { idType, idNumber } = body as { idType: string; idNumber: string };
      await persons.ready();
      return ok({ subject: subjectOf(persons, idType, idNumber) });
    },
    async listTransferRequests(request) {
      const { query } = request;
      const tags = tagsOf(query as Query, ['consumerNo', 'premises', 'subject', 'stage', 'status']);
      const found = await findRows(views, 'transfer-request', tags, query as Query);
      await access.read(readerOf(request), found.items.map(givenTransfer));
      return ok(await presented(found, presentTransfer));
    },
    async getTransferRequest(request) {
      const row = await rowOf('transfer-request', request.params['id']!);
      await access.read(readerOf(request), [givenTransfer(row)]);
      return ok(await presentTransfer(row));
    },
    listChanges: async ({ query, consumer }) => ok(await changesAfter(views, query as Query, consumer)),
    listPackageTypes: async () => types,
    ...commitmentOperations(ports.promises),
    ...decisionOperations(ports),
  };
}

/** One copy of a package, for who asks otherwise than over HTTP. Errors: as `copyMaker`. */
export function copyOnce(ports: GivingPorts, id: string, wish: CopyWish): Promise<SignedCopy> {
  const present = packagePresenter(packagePreparer(ports), nameReader(ports), freshnessReader(ports));
  return copyMaker({ ...ports, access: accessRecorder(ports), present })(id, wish);
}

/** The page needs its own style and nothing else. */
const pagePolicy = `default-src 'none'; style-src 'sha256-${hash('sha256', pageStyle, 'base64')}'; frame-ancestors 'none'`;

const readerOf = ({ consumer, purpose, businessCase }: ApiRequest): Reader => ({
  consumer: consumer.id,
  purpose: purpose!,
  case: businessCase === null ? null : checkedCase(businessCase),
});

function givenTransfer(row: ViewRow): Given {
  const { id, sellers, buyers } = JSON.parse(row.body) as TransferRequest;
  const { digest } = JSON.parse(row.local) as JudgedLocal;
  return { kind: 'transfer-request', object: id, digest, parties: [...sellers, ...buyers].map((party) => party.id) };
}

interface Query {
  subject?: string;
  premises?: string;
  consumerNo?: string;
  type?: string;
  stage?: string;
  status?: string;
  after?: string;
  limit: number;
}
type Filter = 'premises' | 'subject' | 'consumerNo' | 'type' | 'stage' | 'status';

/** The tags to look for, the most selective first. Errors: USAGE for an identity number where a pseudonym belongs. */
function tagsOf(query: Query, filters: readonly Filter[]): string[] {
  const { subject } = query;
  if (subject !== undefined && citizenIdHolds(subject.toUpperCase()) && !usccHolds(subject)) {
    throw new HubError(
      'USAGE',
      'an identity number must not stand in an address; exchange it for a subject with POST /subjects 地址中不得含证件号，请先用 POST /subjects 换取主体',
    );
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
    if (normalised === null) throw new HubError('USAGE', 'this is not a valid unified social credit code 统一社会信用代码有误');
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
  if (at !== feedStart && !/^\d{12}\.\d{8}\.\d{6}/.test(at))
    throw new HubError('USAGE', '`after` is not a cursor that this API gave 续查位置无效');
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
