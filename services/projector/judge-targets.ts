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
import type { Row, Session } from './session.ts';

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
  const keep = (view: FeedLine['kind'], row: JudgedRow | null, id: string): Promise<void> => keepRow(session, view, id, row, cause, cursor);
  if (kind === 'house-transfer') await keep('transfer-request', await judgeRequest(session, key, rules, target), key);

  const outdated = new Set((await session.find('package', `target:${target}`)).map((row) => row.key));
  const types = rules.packages.filter((type) => type.target === kind);
  for (const dossier of types.length === 0 ? [] : await gatherDossiers(session, kind, key)) {
    for (const type of types) {
      const pack = judge(type, dossier, date);
      if (!pack) continue;
      outdated.delete(pack.id);
      await keep('package', packageRow(pack, dossier.rows, target, date), pack.id);
    }
  }
  for (const id of [...outdated].sort()) await keep('package', null, id);
}

type Judged = Package | TransferRequest;
/** A row as judged; its digest is worked out only if it differs from the one before. */
type JudgedRow = Row<Judged, Omit<JudgedLocal, 'digest'>>;

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

async function keepRow(
  session: Session,
  view: FeedLine['kind'],
  key: string,
  row: JudgedRow | null,
  cause: Cause,
  cursor: () => string,
): Promise<void> {
  const before = await session.get<Judged, JudgedLocal>(view, key);
  if (row === null) {
    if (!before) return;
    session.remove(view, key);
    return tell(session, view, key, before, null, cause, cursor);
  }
  // Bodies are built field by field in one order, so equal bodies are equal texts.
  const same = before !== undefined && JSON.stringify(before.body) === JSON.stringify(row.body);
  const digest = same ? before.local.digest : digestOf(canonicalJson(row.body));
  const kept: Row<Judged, JudgedLocal> = { ...row, local: { ...row.local, digest } };
  if (same && before.due === row.due && JSON.stringify(before.local) === JSON.stringify(kept.local)) return;
  session.put(view, kept);
  if (!same) tell(session, view, key, before, kept, cause, cursor);
}

type KeptRow = Row<Judged, JudgedLocal>;

function tell(
  session: Session,
  view: FeedLine['kind'],
  key: string,
  before: KeptRow | undefined,
  after: KeptRow | null,
  cause: Cause,
  cursor: () => string,
): void {
  const line: FeedLine = {
    kind: view,
    id: key,
    change: !before ? 'prepared' : after ? 'changed' : 'withdrawn',
    status: after?.body.status ?? null,
    was: before?.body.status ?? null,
    digest: after?.local.digest ?? null,
    cause: 'date' in cause ? { date: cause.date } : { event: cause.id, type: cause.type, subject: cause.subject },
  };
  session.feed({ cursor: cursor(), view, key, body: JSON.stringify(line) });
}
