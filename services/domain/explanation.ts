// Why a package is as it is: package, items, rules, facts and source records, and the same as lines that a clerk reads.
import { statusTitles } from './packages/judge.ts';
import { clerkTime } from './time.ts';
import { standingTitles } from './subject-history.ts';
import type { Status } from './packages/judge.ts';
import type { Bilingual } from './source-contract.ts';
import type { EntryStanding } from './subject-history.ts';

export interface ExplainedRule {
  id: string;
  version: number;
  /** Null for a rule that is no longer in the contracts. */
  text: Bilingual | null;
}

/** A fact as recorded. Times are milliseconds since the epoch. Nothing personal is in it. */
export interface ExplainedFact {
  event: string;
  family: string;
  familyTitle: Bilingual;
  subject: string;
  change: string;
  /** What happened. */
  changeText: Bilingual;
  /** When it became true at the source, and when the hub recorded it. */
  time: number;
  recordedtime: number;
  position: number;
  /** The source and the sharing contract under which it came; the titles are those of the contract now in force. */
  source: { name: string; title: Bilingual; provider: Bilingual | null; legalBasis: string | null; contract: string };
  record: string;
  /** Digest of the source's record. */
  evidence: string;
  standing: EntryStanding;
  /** The event of the same subject that took its place; null for the one that decides. */
  supersededBy: string | null;
}

/** A source that could have stated what is missing. */
export interface AskedSource {
  name: string;
  title: Bilingual;
  provider: Bilingual;
  legalBasis: string;
  /** When it was last in contact; null when never. */
  lastContact: number | null;
}

export interface ExplainedItem {
  id: string;
  title: Bilingual;
  required: boolean;
  status: Status;
  /** The last day on which the evidence holds; null for no end. */
  validUntil: string | null;
  rule: ExplainedRule;
  notices: ExplainedRule[];
  /** The fact that decides; null for an item without evidence. */
  fact: ExplainedFact | null;
  /** Earlier facts of the same subject, in order. */
  earlier: ExplainedFact[];
  /** Events that state one version of the record differently. */
  conflicts: string[];
  /** For a missing item: who was asked. */
  asked: AskedSource[];
}

export interface Explanation {
  id: string;
  type: string;
  title: Bilingual;
  legalBasis: string;
  contractVersion: number;
  subject: { kind: 'person' | 'organisation'; id: string };
  premises: string;
  status: Status;
  digest: string;
  /** The last position folded in, and the day by which it was judged. */
  position: number;
  date: string;
  items: ExplainedItem[];
}

type Language = keyof Bilingual;

/** The tree as lines of text. */
export function explanationLines(explained: Explanation, language: Language): string[] {
  const say = (zh: string, en: string): string => (language === 'zh' ? zh : en);
  const { title, status, subject, premises, items, date, position, digest } = explained;
  const counts = (Object.keys(statusTitles) as Status[]).flatMap((each) => {
    const n = items.filter((item) => item.status === each).length;
    return n === 0 ? [] : [say(`${n} 项${statusTitles[each].zh}`, `${n} ${statusTitles[each].en}`)];
  });
  const kind = subject.kind === 'person' ? say('个人', 'person') : say('单位', 'organisation');
  return [
    say(`${title.zh}：${statusTitles[status].zh}`, `${title.en}: ${statusTitles[status].en}`),
    say(
      `申请人 ${subject.id}（${kind}），用电地点或项目 ${premises}，按 ${date} 判定（截至第 ${position} 号事件）`,
      `Applicant ${subject.id} (${kind}), premises or project ${premises}, judged on ${date} (as of event no. ${position})`,
    ),
    say(`共 ${items.length} 项材料：${counts.join('，')}。`, `${items.length} items: ${counts.join(', ')}.`),
    say(`依据：${explained.legalBasis}；摘要 ${digest}`, `Legal basis: ${explained.legalBasis}; digest ${digest}`),
    ...items.flatMap((item, i) => branch(itemLines(item, language), i === items.length - 1)),
  ];
}

/** Lines hung on a tree: the first beside the branch, the others below it. */
function branch([first = '', ...rest]: readonly string[], last: boolean): string[] {
  return [`${last ? '└─' : '├─'} ${first}`, ...rest.map((line) => `${last ? '  ' : '│ '} ${line}`)];
}

function itemLines(item: ExplainedItem, language: Language): string[] {
  const say = (zh: string, en: string): string => (language === 'zh' ? zh : en);
  const { fact, rule } = item;
  const optional = item.required ? '' : say('（非必需）', ' (not required)');
  const lines = [
    say(`${item.title.zh}：${statusTitles[item.status].zh}${optional}`, `${item.title.en}: ${statusTitles[item.status].en}${optional}`),
  ];
  lines.push(`${verdict(item.status, language)}${ruleLine(rule, language)}`);
  for (const notice of item.notices) lines.push(`${say('提示：', 'Notice: ')}${ruleLine(notice, language)}`);
  if (fact) lines.push(...factLines(fact, language));
  if (item.validUntil !== null) lines.push(say(`有效期至 ${item.validUntil}`, `Valid until ${item.validUntil}`));
  if (item.conflicts.length > 0) {
    const events = item.conflicts.join(say('、', ', '));
    lines.push(
      say(`同一记载互相矛盾，未作取舍：事件 ${events}`, `The source contradicts itself, and neither was picked: events ${events}`),
    );
  }
  for (const each of item.earlier) lines.push(earlierLine(each, [...item.earlier, ...(fact ? [fact] : [])], language));
  lines.push(...item.asked.map((source) => askedLine(source, language)));
  return lines;
}

function verdict(status: Status, language: Language): string {
  switch (status) {
    case 'verified':
      return language === 'zh' ? '符合规则：' : 'Meets the rule: ';
    case 'customer-supplied':
    case 'missing':
      return language === 'zh' ? '规则：' : 'Rule: ';
    case 'mismatch':
    case 'lapsed':
      return language === 'zh' ? '不符合规则：' : 'Fails the rule: ';
  }
}

const ruleLine = ({ id, version, text }: ExplainedRule, language: Language): string =>
  language === 'zh' ? `${text?.zh ?? id}（${id} 第 ${version} 版）` : `${text?.en ?? id} (${id}, version ${version})`;

function factLines(fact: ExplainedFact, language: Language): string[] {
  const { source, familyTitle, changeText, time, recordedtime, position, record, evidence, event, subject } = fact;
  if (language === 'en') {
    return [
      `Fact: ${changeText.en} (${familyTitle.en} ${subject}); true at the source from ${clerkTime(time, 'en')}, recorded by the hub on ${clerkTime(recordedtime, 'en')}`,
      `Source: ${source.provider?.en ?? source.name}, ${source.title.en}; shared under ${source.contract}, legal basis ${source.legalBasis ?? 'unknown'}`,
      `Record ${record}, digest of the record ${evidence}, event ${event} (no. ${position})`,
    ];
  }
  return [
    `事实：${changeText.zh}（${familyTitle.zh} ${subject}），${clerkTime(time, 'zh')} 在来源处成立，本枢纽 ${clerkTime(recordedtime, 'zh')} 收到`,
    `来源：${source.provider?.zh ?? source.name}（${source.title.zh}），共享约定 ${source.contract}，依据 ${source.legalBasis ?? '不详'}`,
    `记录 ${record}，记录摘要 ${evidence}，事件 ${event}（第 ${position} 号）`,
  ];
}

function earlierLine(fact: ExplainedFact, all: readonly ExplainedFact[], language: Language): string {
  const by = all.find(({ event }) => event === fact.supersededBy);
  // A state that counts is merely earlier; of one that does not, the reason is said.
  const why = fact.standing === 'earlier' ? null : standingTitles[fact.standing];
  return language === 'zh'
    ? `${why ? why.zh : '此前'}：${clerkTime(fact.time, 'zh')} ${fact.changeText.zh}${by && !why ? `，已被“${by.changeText.zh}”取代` : ''}（事件 ${fact.event}）`
    : `${why ? capital(why.en) : 'Before'}: ${fact.changeText.en} on ${clerkTime(fact.time, 'en')}${by && !why ? `, superseded by "${by.changeText.en}"` : ''} (event ${fact.event})`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function askedLine({ title, provider, lastContact }: AskedSource, language: Language): string {
  const when = lastContact === null ? null : clerkTime(lastContact, language);
  return language === 'zh'
    ? `已查询：${provider.zh}（${title.zh}），没有相符的记载；${when === null ? '尚未联系过该来源' : `最近联系 ${when}`}`
    : `Asked: ${provider.en} (${title.en}), which states nothing that fits; ${when === null ? 'never in contact' : `last in contact ${when}`}`;
}
