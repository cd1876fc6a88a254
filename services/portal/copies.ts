// Makes signed, purpose-bound copies of packages; that one is given is recorded before anybody has it.
import { HubError } from '../domain/errors.ts';
import { copyType, makeCopy, problemOfValidity, ruleKey } from '../domain/copies/copy.ts';
import { statusTitles } from '../domain/packages/judge.ts';
import { dateAt } from '../domain/time.ts';
import { checkedCase } from './access.ts';
import { ruleTexts, titles } from './package-types.ts';
import type { Copy, CopyMark, CopyTexts } from '../domain/copies/copy.ts';
import type { PackageType } from '../domain/packages/contract.ts';
import type { Item, Package } from '../domain/packages/judge.ts';
import type { Bilingual } from '../domain/source-contract.ts';
import type { Signer } from '../ports/signing.ts';
import type { ViewReader, ViewRow } from '../ports/view-store.ts';
import type { JudgedLocal } from '../ports/views.ts';
import type { AccessRecorder, Given } from './access.ts';

export interface CopyPorts {
  views: Pick<ViewReader, 'get' | 'checkpoint'>;
  packages: readonly PackageType[];
  /** Titles of the sources, by the name of the contract. */
  sources: ReadonlyMap<string, { title: Bilingual }>;
  access: AccessRecorder;
  signer: Signer;
  issuer: string;
  now: () => number;
  newId: () => string;
  /** A package as the portal answers it: for the names of subject and premises. */
  present: (row: ViewRow) => Promise<{ body: object }>;
}

/** What the one who wants a copy says of it. */
export type CopyWish = Pick<CopyMark, 'maker' | 'purpose' | 'case' | 'validUntil' | 'consumer'>;

export interface SignedCopy {
  copy: Copy;
  /** Compact JWS. */
  jws: string;
}

/** What a copy may be for, by the names that contracts use. */
export const purposeTitles: Readonly<Record<string, Bilingual>> = {
  'electricity-application': { zh: '办电申请', en: 'application for electricity' },
  'meter-transfer': { zh: '联合过户', en: 'joint transfer of property and meter' },
  'customer-service': { zh: '客户查询与异议', en: 'a customer’s question or objection' },
  'data-subject-request': { zh: '个人信息主体权利请求', en: 'a request of the person concerned' },
  audit: { zh: '审计', en: 'audit' },
  supervision: { zh: '监督检查', en: 'supervision' },
  dispute: { zh: '争议处理', en: 'a dispute' },
  correction: { zh: '数据更正', en: 'correction of data' },
  development: { zh: '开发联调', en: 'development' },
};

/** What of a package a reader is given, for the record of it. */
export const givenPackage = ({ id, subject }: Package, { digest }: Pick<JudgedLocal, 'digest'>): Given => ({
  kind: 'package',
  object: id,
  digest,
  parties: [subject.id],
});

/** Gives the function that copies the package of an id. Errors: NOT_FOUND, USAGE for a wish that cannot be met, CONFIG_INVALID without a key, NOT_RECORDED. */
export function copyMaker(ports: CopyPorts): (id: string, wish: CopyWish) => Promise<SignedCopy> {
  const { views, access, signer, issuer, now, newId, present } = ports;
  const textsOf = copyTexts(ports);
  return async (packageId, wish) => {
    const at = now();
    const problem = problemOfValidity(wish.validUntil, dateAt(at));
    if (problem !== null)
      throw new HubError('USAGE', `validUntil ${problem} 有效期截止日期不可用（格式如 2026-12-31，不早于今日，最长一年）`);
    checkedCase(wish.case);
    // The checkpoint first: what the row holds is then at least as new as the copy says.
    const { position, date } = await views.checkpoint();
    const row = await views.get('package', packageId);
    if (!row) throw new HubError('NOT_FOUND', 'there is no package of this id 没有此申请包');
    const pack = JSON.parse(row.body) as Package;
    const local = JSON.parse(row.local) as JudgedLocal;
    const reader = { consumer: wish.consumer, purpose: wish.purpose, case: wish.case };
    const given = givenPackage(pack, local);
    const basis = await access.basisOf(reader, given);
    const id = newId();
    const { maker, purpose, case: businessCase, validUntil, consumer } = wish;
    const presented = (await present(row)).body as Presented;
    const { subject, premises } = presented;
    const freshness = freshnessIn(presented, ports.sources);
    const mark = { maker, purpose, case: businessCase, validUntil, consumer, basis, position, date };
    const texts = textsOf(pack, local, purpose);
    const copy = makeCopy({ issuer, id, at, mark, package: pack, subject, premises, texts, freshness });
    const jws = await signer.sign(copy, copyType);
    await access.exported(reader, given, { id, basis, at });
    return { copy, jws };
  };
}

/** What a copy takes from the answer of the portal. */
interface Presented extends Pick<Copy, 'subject' | 'premises'> {
  statusTitle: Bilingual;
  items: { id: string; statusTitle: Bilingual }[];
  staleSources: string[];
}

const freshnessIn = ({ statusTitle, items, staleSources }: Presented, sources: CopyPorts['sources']): Copy['freshness'] => ({
  status: statusTitle,
  items: Object.fromEntries(items.map(({ id, statusTitle: title }) => [id, title])),
  stale: staleSources.map((name) => sources.get(name)?.title ?? { zh: name, en: name }),
});

/** Gathers the texts that one package needs, and no others. */
function copyTexts({ packages, sources }: CopyPorts): (pack: Package, local: JudgedLocal, purpose: string) => CopyTexts {
  const titleOf = titles(packages);
  const textOf = ruleTexts(packages);
  return (pack, { learnt }, purpose) => {
    const references = pack.items.flatMap((item): Item['rule'][] => [item.rule, ...item.notices]);
    const sourceOf = (event: string): Bilingual | undefined => sources.get(learnt[event]?.source ?? '')?.title;
    return {
      title: titleOf.type(pack),
      purpose: purposeTitles[purpose] ?? { zh: purpose, en: purpose },
      statuses: Object.fromEntries(
        [pack.status, ...pack.items.map(({ status }) => status)].map((status) => [status, statusTitles[status]]),
      ),
      items: Object.fromEntries(pack.items.map(({ id }) => [id, titleOf.item(pack, id)])),
      rules: Object.fromEntries(references.map((rule) => [ruleKey(rule), textOf(rule)] as const)),
      sources: Object.fromEntries(
        pack.items.flatMap(({ event }): [string, Bilingual][] => {
          const title = event === null ? undefined : sourceOf(event);
          return event !== null && title ? [[event, title]] : [];
        }),
      ),
    };
  };
}
