// Judges targets again and keeps what came out: package rows, transfer-request rows, and a line in the feed for each change.
import { canonicalJson, digestOf } from '../domain/canonical.ts';
import { judge, judgeAgainOn } from '../domain/packages/judge.ts';
import { dayAfter } from '../domain/time.ts';
import { matchAccount } from '../domain/transfers/match.ts';
import { requestOf } from '../domain/transfers/request.ts';
import { gatherDossiers } from './dossiers.ts';
import type { RecordedEvent } from '../domain/events.ts';
import type { HouseTransfer, MeterAccount, PropertyRight } from '../domain/facts.ts';
import type { Subject } from '../domain/fold.ts';
import type { PackageType, Target } from '../domain/packages/contract.ts';
import type { Package } from '../domain/packages/judge.ts';
import type { MatchContract } from '../domain/transfers/match.ts';
import type { TransferRequest } from '../domain/transfers/request.ts';
import type { FactLocal, FeedLine, JudgedLocal, TargetKey } from '../ports/views.ts';
import type { FactRow } from './fact-views.ts';
import { Row } from './row.ts';
import type { RowParts } from './row.ts';
import type { Session } from './session.ts';

/** The contracts that packages and requests are judged by. */
export interface Rules {
  packages: readonly PackageType[];
  match: MatchContract;
}

/** Why something changed: an event, or a date that came. */
export type Cause = Pick<RecordedEvent, 'id' | 'type' | 'subject' | 'position'> | { date: string; position: number };

/** Judges one target on a date. `cursor()` gives the next place in the feed. */
export async function judgeTarget(
  session: Session,
  target: TargetKey,
  rules: Rules,
  date: string,
  cause: Cause,
  cursor: () => string,
): Promise<void> {
  const [kind, key] = [target.slice(0, target.indexOf(':')) as Target, target.slice(target.indexOf(':') + 1)];
  const keep = (view: FeedLine['kind'], before: KeptRow | undefined, row: JudgedRow | null): void =>
    keepRow(session, view, before, row, cause, cursor);
  if (kind === 'house-transfer')
    keep('transfer-request', await session.get('transfer-request', key), await judgeRequest(session, key, rules, target));

  // Type and premises are in a package's id, so every package of these ids carries the tag of this target.
  const outdated = new Map((await session.find<Judged, JudgedLocal>('package', `target:${target}`)).map((row) => [row.key, row]));
  const types = rules.packages.filter((type) => type.target === kind);
  for (const dossier of types.length === 0 ? [] : await gatherDossiers(session, kind, key)) {
    for (const type of types) {
      const pack = judge(type, dossier, date);
      if (!pack) continue;
      keep('package', outdated.get(pack.id), packageRow(pack, dossier.rows, target, date));
      outdated.delete(pack.id);
    }
  }
  for (const before of outdated.values()) keep('package', before, null);
}

type Judged = Package | TransferRequest;
/** A row as judged; its digest is worked out only if it differs from the one before. */
type JudgedRow = RowParts<Judged, Omit<JudgedLocal, 'digest'>>;
type KeptRow = Row<Judged, JudgedLocal>;

function packageRow(pack: Package, rows: FactRow[], target: TargetKey, date: string): JudgedRow {
  const used = new Set(pack.items.map((item) => item.event));
  const tags = [
    `subject:${pack.subject.id}`,
    `premises:${pack.premises}`,
    `status:${pack.status}`,
    `type:${pack.type}`,
    `target:${target}`,
  ];
  const local = localOf(
    rows.filter((row) => used.has(row.body.event)),
    target,
  );
  return { key: pack.id, body: pack, local, tags: tags.sort(), due: judgeAgainOn(pack, date, dayAfter) };
}

async function judgeRequest(session: Session, caseNo: string, rules: Rules, target: TargetKey): Promise<JudgedRow | null> {
  const transfer = await session.get<Subject<HouseTransfer>, FactLocal>('house-transfer', caseNo);
  if (!transfer) return null;
  const { unitCode, consumerNo } = transfer.body.fact;
  const find = (tag: string): Promise<FactRow<MeterAccount>[]> => session.find<Subject<MeterAccount>, FactLocal>('meter-account', tag);
  const withKeys = (row: FactRow<MeterAccount>): Subject<MeterAccount> => ({
    ...row.body,
    fact: { ...row.body.fact, addressKeys: row.local.addressKeys },
  });
  const byNumber = consumerNo === null ? undefined : await session.get<Subject<MeterAccount>, FactLocal>('meter-account', consumerNo);
  const byUnit = unitCode === null ? [] : await find(`unit:${unitCode}`);
  const byAddress = new Map<string, FactRow<MeterAccount>>();
  for (const key of [transfer.local.addressKeys[3], transfer.local.addressKeys[1]]) {
    if (key && !byNumber) for (const row of await find(`address:${key}`)) byAddress.set(row.key, row);
  }
  const match = matchAccount(
    { ...transfer.body.fact, addressKeys: transfer.local.addressKeys },
    {
      byNumber: byNumber ? withKeys(byNumber) : null,
      byUnit: byUnit.map(withKeys),
      byAddress: [...byAddress.values()].map(withKeys),
    },
    rules.match,
  );
  const property = unitCode === null ? undefined : await session.get<Subject<PropertyRight>, FactLocal>('property', unitCode);
  const others = unitCode === null ? [] : await session.find<Subject<HouseTransfer>, FactLocal>('house-transfer', `unit:${unitCode}`);
  const request = requestOf({
    transfer: transfer.body,
    match,
    property: property?.body ?? null,
    soldOn: others.some((row) => isLater(row.body, transfer.body)),
  });
  if (!request) return null;
  const account = match.account && [byNumber, ...byUnit, ...byAddress.values()].find((row) => row?.key === match.account.subject);
  const rows = [transfer, property, account].filter((row) => row !== undefined && row !== null) as FactRow[];
  const tags = [
    `status:${request.status}`,
    `target:${target}`,
    ...(unitCode === null ? [] : [`premises:${unitCode}`]),
    ...[...request.sellers, ...request.buyers].map((party) => `subject:${party.id}`),
  ];
  if (request.meter) tags.push(`consumer:${request.meter.consumerNo}`);
  return { key: caseNo, body: request, local: localOf(rows, target), tags: [...new Set(tags)].sort(), due: null };
}

/** Whether another transfer of the unit was registered after this one and still stands. */
function isLater(other: Subject<HouseTransfer>, than: Subject<HouseTransfer>): boolean {
  const { fact } = other;
  if (other.subject === than.subject || (fact.status !== 'registered' && fact.status !== 'certified')) return false;
  const [a, b] = [fact.registeredOn ?? '', than.fact.registeredOn ?? ''];
  return a > b || (a === b && other.history[0]!.time > than.history[0]!.time);
}

function localOf(rows: FactRow[], target: TargetKey): Omit<JudgedLocal, 'digest'> {
  const learnt: JudgedLocal['learnt'] = {};
  const sealed: Record<string, string> = {};
  for (const { body, local } of rows) {
    learnt[body.event] = { recordedtime: local.recordedtime, position: local.position };
    Object.assign(sealed, local.sealed);
  }
  return { target, learnt, sealed };
}

function keepRow(
  session: Session,
  view: FeedLine['kind'],
  before: KeptRow | undefined,
  judged: JudgedRow | null,
  cause: Cause,
  cursor: () => string,
): void {
  if (judged === null) {
    if (!before) return;
    session.remove(view, before.key);
    return tell(session, view, before, null, cause, cursor);
  }
  const text = canonicalJson(judged.body);
  const same = before !== undefined && before.text === text;
  const digest = same ? before.local.digest : digestOf(text);
  const after: KeptRow = Row.of({ ...judged, text, local: { ...judged.local, digest } });
  if (same && before.due === after.due && before.localText === after.localText) return;
  if (before) session.put(view, after);
  else session.add(view, after);
  if (!same) tell(session, view, before, after, cause, cursor);
}

function tell(
  session: Session,
  view: FeedLine['kind'],
  before: KeptRow | undefined,
  after: KeptRow | null,
  cause: Cause,
  cursor: () => string,
): void {
  const { key } = (after ?? before)!;
  const line: FeedLine = {
    kind: view,
    id: key,
    change: !before ? 'prepared' : after ? 'changed' : 'withdrawn',
    status: after ? statusOf(after) : null,
    was: before ? statusOf(before) : null,
    digest: after?.local.digest ?? null,
    cause: 'date' in cause ? { date: cause.date } : { event: cause.id, type: cause.type, subject: cause.subject },
  };
  session.feed({ cursor: cursor(), view, key, body: JSON.stringify(line) });
}

/** From the tag, so that a body as stored need not be parsed. */
const statusOf = (row: KeptRow): string => row.tags.find((tag) => tag.startsWith('status:'))!.slice('status:'.length);
