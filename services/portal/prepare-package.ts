// What of a package's answer is the same each time: all but what a person's key opens and what other rows say.
import { statusTitles } from '../domain/packages/judge.ts';
import { formatInstant } from '../domain/time.ts';
import { ruleTexts, titles } from './package-types.ts';
import type { PackageType } from '../domain/packages/contract.ts';
import type { Item, Package, RuleReference } from '../domain/packages/judge.ts';
import type { ViewRow } from '../ports/view-store.ts';
import type { JudgedLocal } from '../ports/views.ts';

/** How many packages are kept ready; a client that polls or opens one again finds it among them. */
const keptReady = 1_000;

/** A package made ready. Nothing personal is in it: boxes stay sealed. */
export interface PreparedPackage {
  pack: Package;
  local: JudgedLocal;
  /** What an answer says before and after subject and premises, and the same as JSON text. */
  before: object;
  after: object;
  beforeText: string;
  afterText: string;
}

/** Prepares rows of the view `package`, keeping the latest by their very text, so that none can be out of date. */
export function packagePreparer(packages: readonly PackageType[]): (row: ViewRow) => PreparedPackage {
  const prepare = preparer(packages);
  const kept = new Map<string, { row: ViewRow; prepared: PreparedPackage }>();
  return (row) => {
    const known = kept.get(row.key);
    if (known && known.row.body === row.body && known.row.local === row.local) return known.prepared;
    const prepared = prepare(row);
    kept.delete(row.key);
    for (const oldest of kept.keys()) {
      if (kept.size < keptReady) break;
      kept.delete(oldest);
    }
    kept.set(row.key, { row, prepared });
    return prepared;
  };
}

function preparer(packages: readonly PackageType[]): (row: ViewRow) => PreparedPackage {
  const titleOf = titles(packages);
  const textOf = ruleTexts(packages);
  const ruleOf = ({ id, version }: RuleReference): object => ({ id, version, text: textOf({ id, version }) });
  const itemOf = (type: string, item: Item, learnt: JudgedLocal['learnt']): object => {
    const recorded = item.event === null ? undefined : learnt[item.event];
    return {
      id: item.id,
      title: titleOf.item(type, item.id),
      required: item.required,
      status: item.status,
      statusTitle: statusTitles[item.status],
      value: item.value,
      evidence: item.evidence,
      event: item.event,
      trueFrom: item.validFrom === null ? null : formatInstant(item.validFrom),
      validUntil: item.validUntil,
      learntAt: recorded ? formatInstant(recorded.recordedtime) : null,
      position: recorded?.position ?? null,
      rule: ruleOf(item.rule),
      notices: item.notices.map(ruleOf),
    };
  };
  return (row) => {
    const pack = JSON.parse(row.body) as Package;
    const local = JSON.parse(row.local) as JudgedLocal;
    const { id, type, status, contractVersion } = pack;
    const before = { id, type, title: titleOf.type(type) };
    const items = pack.items.map((item) => itemOf(type, item, local.learnt));
    const after = { status, statusTitle: statusTitles[status], digest: local.digest, contractVersion, items };
    return { pack, local, before, after, beforeText: JSON.stringify(before), afterText: JSON.stringify(after) };
  };
}
