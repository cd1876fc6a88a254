// What happened, in the registries' own words: the lifecycle of each family of facts (DOMAIN §12).
import type { FactFamily } from './events.ts';
import type { Bilingual } from './source-contract.ts';

export const familyTitles: Readonly<Record<FactFamily, Bilingual>> = {
  'business-licence': { zh: '营业执照', en: 'business licence' },
  'property-right': { zh: '不动产权利', en: 'property right' },
  'project-approval': { zh: '项目审批、核准或备案', en: 'project approval' },
  'planning-permit': { zh: '规划许可', en: 'planning permit' },
  'house-transfer': { zh: '房屋转移登记', en: 'house transfer' },
  'meter-account': { zh: '用电户', en: 'meter account' },
};

const corrected = { zh: '更正', en: 'corrected' };
const text = (zh: string, en: string): Bilingual => ({ zh, en });

const changeTexts: Readonly<Record<FactFamily, Readonly<Record<string, Bilingual>>>> = {
  'business-licence': {
    registered: text('设立登记', 'registered'),
    changed: text('变更登记', 'changed'),
    filed: text('备案', 'filed'),
    suspended: text('歇业备案', 'business suspended'),
    resumed: text('恢复经营', 'business resumed'),
    moved: text('迁移', 'moved to another registrar'),
    deregistered: text('注销登记', 'deregistered'),
    rescinded: text('撤销登记', 'registration rescinded'),
    restored: text('撤销恢复', 'registration restored'),
    revoked: text('吊销', 'licence revoked'),
    'licence-voided': text('公告作废', 'licence declared void'),
    'listed-abnormal': text('列入经营异常名录', 'listed as abnormal'),
    'delisted-abnormal': text('移出经营异常名录', 'taken off the abnormal list'),
    corrected,
  },
  'property-right': {
    registered: text('首次登记', 'first registered'),
    transferred: text('转移登记', 'transferred'),
    changed: text('变更登记', 'changed'),
    cancelled: text('注销登记', 'cancelled'),
    corrected: text('更正登记', 'corrected'),
    disputed: text('异议登记', 'dispute entered'),
    'dispute-ended': text('异议登记注销', 'dispute ended'),
    'pre-noticed': text('预告登记', 'advance notice entered'),
    seized: text('查封登记', 'seized'),
    released: text('解封登记', 'seizure lifted'),
    mortgaged: text('抵押登记', 'mortgaged'),
    'mortgage-ended': text('抵押注销', 'mortgage ended'),
  },
  'project-approval': {
    registered: text('赋码', 'project code given'),
    approved: text('办结', 'approved, ratified or filed'),
    changed: text('变更', 'changed'),
    extended: text('延期', 'extended'),
    started: text('开工', 'work started'),
    completed: text('竣工', 'completed'),
    lapsed: text('失效', 'lapsed'),
    revoked: text('撤销', 'revoked'),
    cancelled: text('注销', 'cancelled'),
    restored: text('恢复', 'restored'),
    corrected,
  },
  'planning-permit': {
    issued: text('核发', 'issued'),
    changed: text('变更', 'changed'),
    extended: text('延期', 'extended'),
    revoked: text('撤销', 'revoked'),
    cancelled: text('注销', 'cancelled'),
    lapsed: text('失效', 'lapsed'),
    verified: text('规划核实', 'verified on site'),
    restored: text('恢复', 'restored'),
    corrected,
  },
  'house-transfer': {
    accepted: text('转移登记受理', 'application accepted'),
    registered: text('登簿', 'entered in the register'),
    certified: text('发证', 'certificate issued'),
    withdrawn: text('撤回申请', 'application withdrawn'),
    rescinded: text('撤销登记', 'registration rescinded'),
    restored: text('撤销恢复', 'registration restored'),
    consented: text('同意联合过户', 'joint transfer agreed to'),
    'consent-withdrawn': text('撤回同意', 'consent withdrawn'),
    corrected,
  },
  'meter-account': {
    opened: text('新装立户', 'opened'),
    changed: text('变更', 'changed'),
    'holder-changed': text('过户', 'holder changed'),
    renamed: text('更名', 'renamed'),
    'arrears-changed': text('欠费变动', 'arrears changed'),
    suspended: text('暂停', 'suspended'),
    resumed: text('恢复', 'resumed'),
    closed: text('销户', 'closed'),
    corrected,
  },
};

/** What happened; the change's own name where no text is known. */
export const changeText = (family: string, change: string): Bilingual =>
  (changeTexts[family as FactFamily] as Readonly<Record<string, Bilingual>> | undefined)?.[change] ?? { zh: change, en: change };

/** Families whose facts can be each kind of evidence that `contracts/packages` name. */
const evidenceFamilies: Readonly<Record<string, readonly FactFamily[]>> = {
  licence: ['business-licence'],
  property: ['property-right'],
  approval: ['project-approval'],
  permit: ['planning-permit'],
  landPermit: ['planning-permit'],
  transfer: ['house-transfer'],
  account: ['meter-account'],
  identity: ['property-right', 'house-transfer', 'meter-account'],
};

/** The families that may state any of some kinds of evidence, each once. */
export const familiesOf = (evidence: readonly string[]): FactFamily[] => [
  ...new Set(evidence.flatMap((kind) => evidenceFamilies[kind] ?? [])),
];
