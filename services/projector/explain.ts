// Explains a package: folds what bears on it, and names for each item its rule, its facts and the records they came from.
import { changeText, familiesOf, familyTitles } from '../domain/change-texts.ts';
import { changeOf, familyOf, streamOf } from '../domain/events.ts';
import { typeThatJudged } from '../domain/packages/in-force.ts';
import { builtInRules } from '../domain/packages/built-in-rules.ts';
import { kinRuleTexts, relatedText } from '../domain/packages/kin.ts';
import { historyOf } from '../domain/subject-history.ts';
import { keptFact, viewOfFamily } from './fact-views.ts';
import { retiredOf } from './retirements.ts';
import { pastOf } from './as-of.ts';
import type { FactFamily, RecordedEvent } from '../domain/events.ts';
import type { AskedSource, ExplainedFact, ExplainedItem, ExplainedRule } from '../domain/explanation.ts';
import type { Fact } from '../domain/facts.ts';
import type { Subject } from '../domain/subject.ts';
import type { HistoryEntry } from '../domain/subject-history.ts';
import type { PackageType } from '../domain/packages/contract.ts';
import type { Item, Package, RuleReference } from '../domain/packages/judge.ts';
import type { Bilingual, SourceContract } from '../domain/source-contract.ts';
import type { BusinessLicence } from '../domain/facts.ts';
import type { Explainer } from '../ports/explanation.ts';
import type { FactLocal, SourceLocal } from '../ports/views.ts';
import type { Past } from './as-of.ts';
import type { HistoryPorts } from './versions.ts';

export interface ExplainPorts extends HistoryPorts {
  /** The sharing contracts in force, by name. */
  sources: ReadonlyMap<string, SourceContract>;
}

export function openExplainer(ports: ExplainPorts): Explainer {
  return {
    async explain(id, position, options = {}) {
      const past = await pastOf<Package>(ports, { kind: 'package', id }, position, options);
      if (!past.row) return null;
      const { body: pack, local } = past.row;
      const type = typeThatJudged(ports.rules.packages, pack);
      const items: ExplainedItem[] = [];
      for (const item of pack.items) items.push(await explainItem(ports, past, item, type));
      return {
        id,
        type: pack.type,
        title: type?.title ?? { zh: pack.type, en: pack.type },
        legalBasis: type?.legalBasis ?? '',
        contractVersion: pack.contractVersion,
        subject: pack.subject,
        premises: pack.premises,
        status: pack.status,
        digest: local.digest,
        position,
        date: past.date,
        items,
      };
    },
  };
}

async function explainItem(ports: ExplainPorts, past: Past<Package>, item: Item, type: PackageType | undefined): Promise<ExplainedItem> {
  const contract = type?.items.find(({ id }) => id === item.id);
  const texts = new Map(contract?.oneOf.flatMap(({ rules }) => rules.map((rule) => [`${rule.id}@${rule.version}`, rule.text] as const)));
  const related = await relatedTexts(past, item);
  const ruleOf = ({ id, version }: RuleReference): ExplainedRule => ({
    id,
    version,
    text: id in kinRuleTexts ? withRelated(kinRuleTexts[id]!, related) : (texts.get(`${id}@${version}`) ?? builtInRules[id] ?? null),
  });
  const { facts, conflicts } = item.event === null ? { facts: [], conflicts: [] } : await factsOf(ports, past, item.event);
  return {
    id: item.id,
    title: contract?.title ?? { zh: item.id, en: item.id },
    required: item.required,
    status: item.status,
    validUntil: item.validUntil,
    rule: ruleOf(item.rule),
    notices: item.notices.map(ruleOf),
    fact: facts.find(({ event }) => event === item.event) ?? null,
    earlier: facts.filter(({ event }) => event !== item.event),
    conflicts,
    asked: item.status === 'missing' ? await askedFor(ports, contract?.oneOf.map(({ evidence }) => evidence) ?? []) : [],
  };
}

/** Which other enterprises an item turns on, by the names they have now. */
async function relatedTexts({ session }: Past<Package>, { related = [] }: Item): Promise<Bilingual[]> {
  const texts: Bilingual[] = [];
  for (const each of related) {
    const row = await session.get<Subject<BusinessLicence>, FactLocal>('enterprise', each.id);
    texts.push(relatedText(each, row?.body.fact.name ?? null));
  }
  return texts;
}

const withRelated = ({ zh, en }: Bilingual, related: readonly Bilingual[]): Bilingual => ({
  zh: [zh, ...related.map((text) => text.zh)].join('；'),
  en: [en, ...related.map((text) => text.en)].join('; '),
});

/** Everything that was said of the subject of an event, in the order that decides, and what of it contradicts. */
async function factsOf(
  ports: ExplainPorts,
  { session, events, before }: Past<Package>,
  id: string,
): Promise<{ facts: ExplainedFact[]; conflicts: string[] }> {
  const event = events.get(id);
  if (!event) return { facts: [], conflicts: [] };
  const stream = streamOf(event);
  const said = [...events.values()].filter((each) => streamOf(each) === stream);
  const states = said.map((each) => keptFact(each, ports.codec.decode(each.data) as Fact, ports.rules.sources).state);
  const history = historyOf(states, await retiredOf(session, stream), before);
  const row = await session.get<Subject, FactLocal>(viewOfFamily(familyOf(event.type))!, event.subject);
  const { conflicts = [], waiting = [] } = row?.body ?? {};
  return { facts: history.map((entry) => factOf(ports, events.get(entry.event)!, entry)), conflicts: [...conflicts, ...waiting] };
}

function factOf({ sources }: ExplainPorts, event: RecordedEvent, { record, standing, instead }: HistoryEntry): ExplainedFact {
  const { id, type, subject, time, recordedtime, position, source, contract, evidence } = event;
  const [family, change] = [familyOf(type) as FactFamily, changeOf(type)];
  const agreement = sources.get(source);
  return {
    event: id,
    family,
    familyTitle: familyTitles[family],
    subject,
    change,
    changeText: changeText(family, change),
    time,
    recordedtime,
    position,
    source: {
      name: source,
      title: agreement?.title ?? familyTitles[family],
      provider: agreement?.provider ?? null,
      legalBasis: agreement?.legalBasis ?? null,
      contract,
    },
    record,
    evidence,
    standing,
    supersededBy: instead,
  };
}

/** Every source that could have stated it, with its last contact. */
async function askedFor({ sources, views }: ExplainPorts, evidence: readonly string[]): Promise<AskedSource[]> {
  const families = familiesOf(evidence);
  const asked = [...sources.values()].filter(({ family }) => families.includes(family));
  const rows = new Map((await views.getAll(asked.map(({ name }) => ({ view: 'source', key: name })))).map((row) => [row.key, row]));
  return asked.map(({ name, title, provider, legalBasis }) => {
    const row = rows.get(name);
    const local = row ? (JSON.parse(row.local) as SourceLocal) : null;
    return { name, title, provider, legalBasis, lastContact: local?.lastContact ?? local?.lastRecorded ?? null };
  });
}
