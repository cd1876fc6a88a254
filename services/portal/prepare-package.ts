// What of a package's answer is the same each time: all but what a person's key opens, what other rows say, and how fresh it is.
import { acceptanceTitles } from '../domain/packages/acceptance.ts';
import { sourcesOfItem, stalest, statusTitle } from '../domain/freshness.ts';
import { typeThatJudged } from '../domain/packages/in-force.ts';
import { formatInstant } from '../domain/time.ts';
import { presentFreshness } from './freshness.ts';
import { ruleTexts, titles } from './package-types.ts';
import type { PromisingSource } from '../domain/freshness.ts';
import type { PackageType } from '../domain/packages/contract.ts';
import type { Item, Package, RuleReference } from '../domain/packages/judge.ts';
import type { ViewRow } from '../ports/view-store.ts';
import type { JudgedLocal } from '../ports/views.ts';
import type { FreshnessNow } from './freshness.ts';

/** How many packages are kept ready; a client that polls or opens one again finds it among them. */
const keptReady = 1_000;

/** A package made ready. Nothing personal is in it: boxes stay sealed. */
export interface PreparedPackage {
  pack: Package;
  local: JudgedLocal;
  /** What an answer says before and after subject and premises, and the same as JSON text. */
  before: object;
  beforeText: string;
  after(fresh: FreshnessNow): { after: object; afterText: string };
}

export interface PreparerPorts {
  packages: readonly PackageType[];
  sources: ReadonlyMap<string, PromisingSource>;
}

/** Prepares rows of the view `package`, keeping the latest by their very text, so that none can be out of date. */
export function packagePreparer({ packages, sources }: PreparerPorts): (row: ViewRow) => PreparedPackage {
  const prepare = preparer({ packages, sources });
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

function preparer({ packages, sources }: PreparerPorts): (row: ViewRow) => PreparedPackage {
  const titleOf = titles(packages);
  const textOf = ruleTexts(packages);
  const ruleOf = ({ id, version }: RuleReference): object => ({ id, version, text: textOf({ id, version }) });
  const itemOf = (pack: Package, item: Item, learnt: JudgedLocal['learnt']): object => {
    const recorded = item.event === null ? undefined : learnt[item.event];
    return {
      id: item.id,
      title: titleOf.item(pack, item.id),
      required: item.required,
      status: item.status,
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
    const { id, type, status, contractVersion, rules } = pack;
    const before = { id, type, title: titleOf.type(pack) };
    const judgedBy = typeThatJudged(packages, pack);
    const items = pack.items.map((item): PreparedItem => {
      const stated = itemOf(pack, item, local.learnt);
      return { item, stated, text: JSON.stringify(stated), sources: sourcesOfItem(item, local.learnt, judgedBy, sources.values()) };
    });
    const { promises, state } = pack.acceptance;
    const acceptance = { state, title: acceptanceTitles[state], promises };
    const after = { acceptance, digest: local.digest, contractVersion, rules };
    const answer = { status, after, afterText: JSON.stringify(after), items };
    return { pack, local, before, beforeText: JSON.stringify(before), after: answeredAt(answer) };
  };
}

interface PreparedItem {
  item: Item;
  stated: object;
  text: string;
  sources: string[];
}

/** Answers of one second are one: the last is kept with the freshness it was made for. */
function answeredAt(prepared: {
  status: Package['status'];
  after: object;
  afterText: string;
  items: readonly PreparedItem[];
}): PreparedPackage['after'] {
  let last: { at: FreshnessNow; answer: ReturnType<PreparedPackage['after']> } | null = null;
  return (at) => {
    if (last?.at !== at) last = { at, answer: withFreshness(prepared, at) };
    return last.answer;
  };
}

/** Objects written as one: the members of each follow those of the one before. */
function withFreshness(
  { status, after, afterText, items }: Parameters<typeof answeredAt>[0],
  at: FreshnessNow,
): ReturnType<PreparedPackage['after']> {
  const stale = new Set<string>();
  const told = items.map(({ item, stated, text, sources }) => {
    const worst = stalest(sources.map((source) => at.of(source)));
    for (const source of sources) if (!at.of(source).within) stale.add(source);
    const fresh = { statusTitle: statusTitle(item.status, worst?.within ?? true), freshness: worst && presentFreshness(worst) };
    return { object: { ...stated, ...fresh }, text: `${text.slice(0, -1)},${JSON.stringify(fresh).slice(1)}` };
  });
  const whole = { status, statusTitle: statusTitle(status, stale.size === 0), fresh: stale.size === 0, staleSources: [...stale].sort() };
  const list = told.map(({ text }) => text).join(',');
  return {
    after: { ...whole, ...after, items: told.map(({ object }) => object) },
    afterText: `${JSON.stringify(whole).slice(0, -1)},${afterText.slice(1, -1)},"items":[${list}]}`,
  };
}
