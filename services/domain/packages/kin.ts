// Branches, parents and mergers: what follows where evidence names not the applicant but an enterprise that it is kin to.
import type { Bilingual } from '../source-contract.ts';
import type { PackageSubject } from './contract.ts';

/**
 * `parent` the applicant is a branch of it · `branch` it is a branch of the applicant · `predecessor` it was merged into the
 * applicant · `successor` the applicant was merged into it.
 */
export type Kinship = 'parent' | 'branch' | 'predecessor' | 'successor';

/** An enterprise that an item also turns on. */
export interface Related {
  /** The events that say so, and those of the enterprises in between, in the order of the chain. */
  events: string[];
  id: string;
  kin: Kinship;
}

/** One whom evidence may name in the applicant's stead. */
export interface Kin extends Related {
  subject: PackageSubject;
  /** False where what the registers say of the merger contradicts itself, runs in a circle or ends nowhere. */
  clear: boolean;
}

/** What is to be said of evidence whatever its contract's rules say, e.g. of a branch's licence when its parent was struck off. */
export interface Remark {
  rule: { id: string; version: number };
  otherwise: 'mismatch' | 'notice';
  related: Related;
}

const rule = (id: string): { id: string; version: number } => ({ id, version: 1 });

/** Rules that need no contract, for they say what the law says of kin. Each is a condition that did not hold, or a notice. */
export const kinRules = {
  parentAuthorises: rule('parent-authorises'),
  branchConfirms: rule('branch-confirms'),
  rightReregistered: rule('right-registered-anew'),
  claimsPassOn: rule('claims-pass-on'),
  successionClear: rule('succession-clear'),
  parentStands: rule('parent-stands'),
  parentKnown: rule('parent-known'),
  mergedAway: rule('merged-away'),
} as const;

export const kinRuleTexts: Record<string, Bilingual> = {
  [kinRules.parentAuthorises.id]: {
    zh: '登记的权利人或建设单位是申请人的隶属企业而非申请人：分公司不具有法人资格，民事责任由公司承担（公司法第13条）；须由客户提供隶属企业的授权或使用证明',
    en: "the register names the applicant's parent, not the applicant: a branch is no legal person, its company answers for it (Company Law §13); the customer must supply the parent's authorisation",
  },
  [kinRules.branchConfirms.id]: {
    zh: '登记的权利人或建设单位是申请人的分支机构而非申请人（公司法第13条）；须由客户提供由本企业申请的说明，并经该分支机构确认',
    en: "the register names a branch of the applicant, not the applicant (Company Law §13); the customer must supply the branch's confirmation that the company applies",
  },
  [kinRules.rightReregistered.id]: {
    zh: '登记的权利人已并入申请人：不动产物权经登记发生效力（民法典第209条），须先将不动产转移登记至申请人名下',
    en: 'the holder was merged into the applicant: a right in land takes effect by registration (Civil Code §209), so the property must first be registered in the name of the applicant',
  },
  [kinRules.claimsPassOn.id]: {
    zh: '登记的建设单位已并入申请人，其权利义务由申请人承继（公司法第221条），建设单位名称宜办理变更（提示）',
    en: 'the builder was merged into the applicant, who takes over its claims and debts (Company Law §221); the name should be changed at the authority (notice)',
  },
  [kinRules.successionClear.id]: {
    zh: '合并后的承继关系须明确：存续或新设企业须为已登记的法人，各方记载不得互相矛盾或循环（公司法第221条）',
    en: 'who goes on after the merger must be clear: a registered enterprise that is no branch, without contradiction or circle (Company Law §221)',
  },
  [kinRules.parentStands.id]: {
    zh: '隶属企业须存续，未被吊销、注销、撤销：分公司的民事责任由公司承担（公司法第13条）',
    en: 'the parent must stand, neither revoked nor deregistered nor rescinded, since it answers for its branch (Company Law §13)',
  },
  [kinRules.parentKnown.id]: {
    zh: '隶属企业的登记未共享至本枢纽、互相矛盾，或所载即为其自身（提示）',
    en: "the parent's registration is not known here, contradicts itself, or is the enterprise itself (notice)",
  },
  [kinRules.mergedAway.id]: {
    zh: '申请人已因合并注销，由存续或新设企业承继并申请（公司法第221条）（提示）',
    en: 'the applicant was merged away; the enterprise that goes on applies in its stead (Company Law §221) (notice)',
  },
};

const kinTitles: Record<Kinship, Bilingual> = {
  parent: { zh: '隶属企业', en: 'parent' },
  branch: { zh: '分支机构', en: 'branch' },
  predecessor: { zh: '被合并企业', en: 'enterprise merged away' },
  successor: { zh: '存续或新设企业', en: 'enterprise that goes on' },
};

/** Which enterprise it is, in what relation to the applicant, and by which events. `name` is null where it is not known. */
export function relatedText({ kin, id, events }: Related, name: string | null): Bilingual {
  const [zh, en] = [`${name ?? ''}（${id}）`, `${name ?? ''} (${id})`.trim()];
  return {
    zh: `${kinTitles[kin].zh}：${zh}，事件 ${events.join('、')}`,
    en: `${kinTitles[kin].en}: ${en}, events ${events.join(', ')}`,
  };
}

/** What becomes of evidence that names kin: a right in land must be registered anew, a project's papers go with their company. */
export function kinOutcome({ kin, clear }: Pick<Kin, 'kin' | 'clear'>, slot: string): Omit<Remark, 'related'> {
  switch (kin) {
    case 'parent':
      return { rule: kinRules.parentAuthorises, otherwise: 'mismatch' };
    case 'branch':
      return { rule: kinRules.branchConfirms, otherwise: 'mismatch' };
    case 'predecessor':
    case 'successor':
      if (!clear) return { rule: kinRules.successionClear, otherwise: 'mismatch' };
      if (slot === 'property') return { rule: kinRules.rightReregistered, otherwise: 'mismatch' };
      return { rule: kinRules.claimsPassOn, otherwise: 'notice' };
  }
}
