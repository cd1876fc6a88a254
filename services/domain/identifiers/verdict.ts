// What a check says about an identifier: its kind, whether it is good, its normal form, and every reason in two languages.

export type IdentifierKind =
  | 'uscc'
  | 'registration-number'
  | 'organisation-code'
  | 'citizen-id'
  | 'foreign-resident-id'
  | 'property-unit'
  | 'property-certificate'
  | 'project-code'
  | 'planning-permit'
  | 'consumer-number'
  | 'division'
  | 'licence-oid'
  | 'unknown';

/** One remark on an identifier. Texts never repeat the identifier: it may be a person's. */
export interface Warning {
  code: string;
  en: string;
  zh: string;
}

/**
 * The outcome of a check. `normalised` is the one form to store and compare, or null when the text is not good.
 * When `valid` is false the reasons stand in `warnings`, beside any remarks.
 */
export interface Verdict {
  kind: IdentifierKind;
  valid: boolean;
  normalised: string | null;
  warnings: Warning[];
}

/** Every remark a check can make: [English, Chinese]. */
const warningTexts = {
  ambiguous: ['also fits another kind of identifier', '同时符合另一种编码的形式'],
  'birth-date': ['the birth date is not a day of the calendar', '出生日期不是有效日期'],
  'birth-year-unusual': ['the birth year is unusual', '出生年份异常'],
  'capitals-would-pass': ['written in capitals the code would be good', '改为大写后可通过校验'],
  'category-unknown': ['the registering department and entity type are not in the known list', '登记管理部门与机构类别代码不在已知清单内'],
  'characters-normalised': ['blanks or full-width characters were normalised', '已去除空白或转换全角字符'],
  'check-digit': ['the check digit does not match', '校验码不符'],
  'feature-letter-unlisted': ['a parcel feature letter is outside the published list', '宗地特征码不在公布清单内'],
  'first-generation': ['a first-generation citizen number: 15 digits without a check digit', '第一代身份证号(15 位,无校验码)'],
  'fixture-number': ['the fixture part does not agree with its feature letter', '定着物单元编号与特征码不一致'],
  form: ['does not have the form of this identifier', '不符合该编码的形式'],
  'legacy-form': ['an older or local form, accepted as written', '旧式或地方编号,按原文保留'],
  'letter-not-allowed': ['holds a letter that the standard leaves out (I, O, S, V, Z)', '含标准不使用的字母(I、O、S、V、Z)'],
  'lower-case': ['lower-case letters are not part of the code', '含小写字母'],
  'may-be-citizen-id': ['may be a first-generation citizen number', '可能是第一代身份证号'],
  'not-recognised': ['fits no known identifier', '无法识别的编码'],
  'organisation-code-check': ['the organisation code inside fails its own check', '其中的组织机构代码校验不符'],
  'other-planning-certificate': [
    'a planning certificate other than the construction planning permit',
    '属于其他规划证书,非建设工程规划许可证',
  ],
  placeholder: ['a placeholder that stands for no value', '占位符,表示无值'],
  'province-abbreviation-unknown': ['the leading character is no known abbreviation of a province or city', '首字不是已知的省区市简称'],
  'region-abolished': ['the region had been abolished before the date of the document', '行政区划在文件日期之前已撤销'],
  'region-no-longer-current': ['the region has since been abolished', '行政区划现已撤销'],
  'region-unknown': ['the region is not in the table of administrative divisions', '行政区划代码不在区划表内'],
  'reserved-range': ['an organisation code from the range reserved for internal use', '组织机构代码属于自定义保留区间'],
  'scheme-date': ['the date part lies before the scheme began', '时间代码早于该编码规则施行'],
  'too-long': ['longer than any identifier', '超出任何编码的长度'],
  'traditional-character': ['written with the traditional 號: not a certificate of the mainland', '使用繁体“號”,非大陆证书编号'],
  'type-code': ['the licence type does not begin with a good unified social credit code', '证照类型代码中的统一社会信用代码不合规'],
} as const satisfies Record<string, readonly [en: string, zh: string]>;

export type WarningCode = keyof typeof warningTexts;

/** The remark with this code, in both languages. */
export function warning(code: WarningCode): Warning {
  const [en, zh] = warningTexts[code];
  return { code, en, zh };
}

/** A good identifier, with what is worth remarking on. */
export function good(kind: IdentifierKind, normalised: string, warnings: Warning[]): Verdict {
  return { kind, valid: true, normalised, warnings };
}

/** A bad identifier: the reason first, then the remarks made before it was found. */
export function bad(kind: IdentifierKind, reason: WarningCode, warnings: Warning[] = []): Verdict {
  return { kind, valid: false, normalised: null, warnings: [warning(reason), ...warnings] };
}
