// Judges targets again and keeps what came out: package rows, transfer-request rows, and a line in the feed for each change.
import { regionOf, typesInForce } from '../domain/packages/in-force.ts';
import { judge, judgeAgainOn, packageIdParts, withPromises } from '../domain/packages/judge.ts';
import { dayAfter } from '../domain/time.ts';
import { consentOf } from '../domain/transfers/consent.ts';
import { lifeAfter } from '../domain/transfers/life.ts';
import { matchAccount } from '../domain/transfers/match.ts';
import { requestOf } from '../domain/transfers/request.ts';
import { gatherDossiers } from './dossiers.ts';
import { keepRow } from './keep-judged.ts';
import type { HouseTransfer, MeterAccount, PropertyRight } from '../domain/facts.ts';
import type { Ledger } from '../domain/ledger.ts';
import type { Authorisation, Commitment, TransferStep } from '../domain/own-facts.ts';
import type { Subject } from '../domain/subject.ts';
import type { PackageType, Target } from '../domain/packages/contract.ts';
import type { Package } from '../domain/packages/judge.ts';
import type { MatchContract } from '../domain/transfers/match.ts';
import type { FactLocal, FeedLine, JudgedLocal, LedgerLocal, TargetKey } from '../ports/views.ts';
import type { FactRow, RecordContracts } from './fact-views.ts';
import type { Cause, Judged, JudgedRow, KeptRow } from './keep-judged.ts';
import type { Session } from './session.ts';

/** The contracts that facts are folded by (`sources`), and packages and requests judged. */
export interface Rules {
  sources: RecordContracts;
  packages: readonly PackageType[];
  match: MatchContract;
}

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
  const keep = (view: FeedLine['kind'], before: KeptRow | undefined, row: JudgedRow | null, type?: PackageType): void => {
    const rulesChanged = 'date' in cause && type?.from === date;
    keepRow(session, view, before, row, rulesChanged ? { ...cause, rules: type.since } : cause, cursor);
  };
  if (kind === 'house-transfer')
    keep('transfer-request', await session.get('transfer-request', key), await judgeRequest(session, key, rules, target, date));

  // Type and premises are in a package's id, so every package of these ids carries the tag of this target.
  const outdated = new Map((await session.find<Judged, JudgedLocal>('package', `target:${target}`)).map((row) => [row.key, row]));
  const wanted = rules.packages.some((type) => type.target === kind);
  let types: PackageType[] = [];
  for (const dossier of wanted ? await gatherDossiers(session, kind, key) : []) {
    types = typesInForce(rules.packages, kind, regionOf(kind, dossier), date);
    for (const type of types) {
      const judged = judge(type, dossier, date);
      if (!judged) continue;
      const pack = await promisesKept(session, judged, date);
      keep('package', outdated.get(pack.id), packageRow(pack, dossier.rows, target, date), type);
      outdated.delete(pack.id);
    }
  }
  for (const before of outdated.values()) {
    const [typeId] = packageIdParts(before.key);
    // All dossiers of a target lie in one region.
    keep(
      'package',
      before,
      null,
      types.find(({ id }) => id === typeId),
    );
  }
}

/** Promises are few: where none was ever made, looking for them costs nothing. */
async function promisesKept(session: Session, pack: Package, date: string): Promise<Package> {
  if (!(await session.any('commitment'))) return pack;
  const promised = await session.get<Ledger<Commitment>, LedgerLocal>('commitment', pack.id);
  return promised ? withPromises(pack, promised.body, date) : pack;
}

function packageRow(pack: Package, rows: FactRow[], target: TargetKey, date: string): JudgedRow {
  const used = new Set(pack.items.flatMap((item) => [item.event, ...(item.related ?? []).flatMap(({ events }) => events)]));
  const tags = [
    `subject:${pack.subject.id}`,
    `premises:${pack.premises}`,
    `status:${pack.status}`,
    `type:${pack.type}`,
    `acceptance:${pack.acceptance.state}`,
    `target:${target}`,
  ];
  const local = localOf(
    rows.filter((row) => used.has(row.body.event)),
    target,
  );
  return { key: pack.id, body: pack, local, tags: tags.sort(), due: judgeAgainOn(pack, date, dayAfter) };
}

async function judgeRequest(session: Session, caseNo: string, rules: Rules, target: TargetKey, date: string): Promise<JudgedRow | null> {
  const transfer = await session.get<Subject<HouseTransfer>, FactLocal>('house-transfer', caseNo);
  if (!transfer) return null;
  const { unitCode, consumerNo } = transfer.body.fact;
  const find = (tag: string): Promise<FactRow<MeterAccount>[]> => session.find<Subject<MeterAccount>, FactLocal>('meter-account', tag);
  const withKeys = (row: FactRow<MeterAccount>): Subject<MeterAccount> => ({
    ...row.body,
    fact: { ...row.body.fact, addressKeys: row.local.addressKeys },
  });
  const life = await session.get<Ledger<TransferStep>, LedgerLocal>('transfer-life', caseNo);
  const steps = lifeAfter(life?.body.steps ?? []);
  const given = await session.find<Ledger<Authorisation>, LedgerLocal>('consent', `object:${caseNo}`);
  const consents = given.map((row) => consentOf(row.body, date));
  const chosen = steps.chosen && (await session.get<Subject<MeterAccount>, FactLocal>('meter-account', steps.chosen.consumerNo));
  const byNumber = consumerNo === null ? undefined : await session.get<Subject<MeterAccount>, FactLocal>('meter-account', consumerNo);
  const byUnit = unitCode === null ? [] : await find(`unit:${unitCode}`);
  const byAddress = new Map<string, FactRow<MeterAccount>>();
  for (const key of [transfer.local.addressKeys[3], transfer.local.addressKeys[1]]) {
    if (key && !byNumber) for (const row of await find(`address:${key}`)) byAddress.set(row.key, row);
  }
  const match = matchAccount(
    { ...transfer.body.fact, addressKeys: transfer.local.addressKeys },
    {
      chosen: chosen ? withKeys(chosen) : null,
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
    consents,
    steps,
    contract: rules.match,
  });
  if (!request) return null;
  const account = match.account && [chosen, byNumber, ...byUnit, ...byAddress.values()].find((row) => row?.key === match.account.subject);
  const rows = [transfer, property, account].filter((row) => row !== undefined && row !== null) as FactRow[];
  const tags = [
    `status:${request.status}`,
    `stage:${request.life.stage}`,
    `target:${target}`,
    // The dispatcher's queues, one a utility.
    ...request.life.utilities.filter(({ next }) => next !== null).map(({ utility }) => `next:${utility}`),
    ...(request.life.ask ? ['next:consent'] : []),
    ...(unitCode === null ? [] : [`premises:${unitCode}`]),
    ...[...request.sellers, ...request.buyers].map((party) => `subject:${party.id}`),
  ];
  if (request.meter) tags.push(`consumer:${request.meter.consumerNo}`);
  // Also while that account is closed or not known: whatever becomes of it concerns the case.
  if (steps.chosen) tags.push(`consumer:${steps.chosen.consumerNo}`);
  const ends = consents.filter(({ state }) => state === 'granted').flatMap(({ validUntil }) => (validUntil === null ? [] : [validUntil]));
  const due = ends.length === 0 ? null : dayAfter(ends.sort()[0]!);
  return { key: caseNo, body: request, local: localOf(rows, target), tags: [...new Set(tags)].sort(), due };
}

/** Whether another transfer of the unit was registered after this one and still stands. */
function isLater(other: Subject<HouseTransfer>, than: Subject<HouseTransfer>): boolean {
  const { fact } = other;
  if (other.subject === than.subject || (fact.status !== 'registered' && fact.status !== 'certified')) return false;
  const [a, b] = [fact.registeredOn ?? '', than.fact.registeredOn ?? ''];
  return a > b || (a === b && other.first > than.first);
}

function localOf(rows: FactRow[], target: TargetKey): Omit<JudgedLocal, 'digest'> {
  const learnt: JudgedLocal['learnt'] = {};
  const sealed: Record<string, string> = {};
  for (const { body, local } of rows) {
    learnt[body.event] = { source: local.source, recordedtime: local.recordedtime, position: local.position };
    Object.assign(sealed, local.sealed);
  }
  return { target, learnt, sealed };
}
