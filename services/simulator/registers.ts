// How each registry writes its records: names and codes of its own interface, with the fields it should not send us among them.
import type { FactFamily } from '../domain/events.ts';
import type { Cast, Company, Person, Premises } from './cast.ts';

export type Fields = Record<string, unknown>;

export interface SimulatedRecord {
  source: FactFamily;
  record: Fields;
}

/** States what happened on a day of the story; what is not patched stays as it was, and the version goes up by one. */
export type Register = (change: string, day: number, patch?: Fields) => SimulatedRecord;

function register(
  cast: Cast,
  source: FactFamily,
  [change, version, time]: [string, string, string],
  opening: Fields,
  entry?: (day: number, version: number) => Fields,
): Register {
  let state = opening;
  let versions = 0;
  return (what, day, patch) => {
    versions++;
    state = { ...state, ...entry?.(day, versions), ...patch };
    state[change] = what;
    if (version !== '') state[version] = versions;
    state[time] = cast.at(day);
    return { source, record: state };
  };
}

const farAhead = '2054-12-31';
/** A clerk and a phone: sent, never permitted, dropped at the adapter (最小必要). */
const clerk = { name: '模拟经办人', phone: '10000000000' };

/** 营业执照 */
export function licence(cast: Cast, company: Company): Register {
  const { representative } = company;
  return register(cast, 'business-licence', ['BIZTYPE', 'VERSION', 'APPRDATE'], {
    UNISCID: company.uscc,
    ENTNAME: company.name,
    ENTTYPE_CN: '有限责任公司(自然人投资或控股)',
    REGSTATE: '1',
    NAME: representative.name,
    CERTYPE: representative.idType,
    CERNO: representative.idNumber,
    REGCAP: '500',
    OPSCOPE: '模拟经营范围：技术开发、销售',
    DOM: company.address,
    ESTDATE: cast.on(0),
    OPTO: farAhead,
    REGORG_CN: `${cast.region.name}市场监督管理局`,
    ABNORMAL: '0',
    SUPUNISCID: '',
    SUCUNISCID: '',
    JBR: clerk.name,
    JBRDH: clerk.phone,
  });
}

/** People under the names that an interface gives the parts of a party. */
const partiesAs =
  (name: string, idType: string, idNumber: string, phone: string, share: string) =>
  (people: readonly Person[]): Fields[] =>
    people.map((person) => ({
      [name]: person.name,
      [idType]: person.idType,
      [idNumber]: person.idNumber,
      [phone]: person.phone,
      [share]: people.length > 1 ? '共同共有' : '单独所有',
    }));

export const holders = partiesAs('QLR', 'QLRZJZL', 'QLRZJH', 'QLRDH', 'GYQK');
const sellers = partiesAs('ywrmc', 'ywrzjzl', 'ywrzjh', 'ywrdh', 'gyqk');
const buyers = partiesAs('qlrmc', 'qlrzjzl', 'qlrzjh', 'qlrdh', 'gyqk');

export const asHolder = (company: Company): Person => ({ name: company.name, idType: '001', idNumber: company.uscc, phone: clerk.phone });

/** 不动产登记簿: every entry has a number of its own, and its versions count by themselves. */
export function title(cast: Cast, premises: Premises, owners: readonly Person[]): Register {
  const opening = {
    ...{ BDCDYH: premises.unitCode, BDCQZH: '' },
    QLRLB: holders(owners),
    ZL: premises.address,
    QSZT: '1',
    YT: premises.use,
    MJ: premises.area,
    QLLX: premises.use === '工业用地' ? '国有建设用地使用权' : '国有建设用地使用权/房屋所有权',
    SYQX: farAhead,
    ...{ SFCF: '0', SFDY: '0', SFYY: '0' },
    JYJG: '1234567.00',
    JBR: clerk.name,
    JBRDH: clerk.phone,
  };
  let [certificate, issues] = ['', 0];
  const entry = register(cast, 'property-right', ['DJLX', '', 'DJSJ'], opening, (_, entries) => ({
    YWH: `YW${cast.caseNo(premises.role).slice(2)}${entries}`,
    BBH: 1,
    GZYWH: '',
    BDCQZH: certificate,
  }));
  return (change, day, patch) => {
    if (issues === 0 || patch?.['QLRLB'] !== undefined) certificate = cast.certificateNo(premises, day, issues++);
    return entry(change, day, patch);
  };
}

/** 投资项目在线审批监管平台 */
export function project(cast: Cast, builder: Company, site: Premises): Register {
  return register(cast, 'project-approval', ['CHANGE_TYPE', 'VERSION', 'DEAL_TIME'], {
    deal_code: cast.projectCode(),
    apply_project_name: `${builder.name}模拟厂房项目`,
    audit_type: '备案类',
    STATE: '0',
    project_dept: builder.name,
    project_dept_code: builder.uscc,
    BUILD_ADDRESS: site.address,
    BDCDYH: site.unitCode,
    DOCUMENT_NO: `模拟备〔${cast.on(0).slice(0, 4)}〕${cast.story + 1}号`,
    DEPT_NAME: `${cast.region.name}发展和改革局`,
    APPROVE_DATE: '',
    VALID_UNTIL: '',
    LXR: clerk.name,
    LXDH: clerk.phone,
    TOTAL_INVEST: '8600',
  });
}

/** 规划许可, of works or of land; `builder` as the permit writes it. */
export function permit(cast: Cast, word: '建' | '地', day: number, builder: Pick<Company, 'name' | 'uscc'>, site: Premises): Register {
  return register(cast, 'planning-permit', ['bglx', 'version', 'bjsj'], {
    certificatenumber: cast.permitNo(word, day),
    zzlx: word === '建' ? '建设工程规划许可证' : '建设用地规划许可证',
    status: '1',
    xmdm: cast.projectCode(),
    projectname: `${builder.name}模拟厂房项目`,
    buildunit: builder.name,
    buildunitcode: builder.uscc,
    buildAddress: site.address,
    bdcdyh: site.unitCode,
    jsgm: `用地面积${site.area}平方米`,
    fzjg: `${cast.region.name}自然资源和规划局`,
    certificatedate: cast.on(day),
    yxqz: '',
    jbr: clerk.name,
    jbrdh: clerk.phone,
    ftjfjmc: '模拟总平面图',
  });
}

/** 房产转移登记: one case from 受理 on. `turn` tells the cases of one story apart. */
export function sale(cast: Cast, turn: number, premises: Premises, from: readonly Person[], to: readonly Person[]): Register {
  const opening = {
    slbh: cast.caseNo(turn),
    zt: '受理',
    bdcdyh: premises.unitCode,
    bdcqzh: '',
    consno: '',
    ywrlb: sellers(from),
    qlrlb: buyers(to),
    zl: premises.address,
    yt: premises.use,
    mj: premises.area,
    djsj: '',
    sfty: '',
    sfdy: '0',
    jyjg: '1234567.00',
    dkyh: '模拟银行',
  };
  const states = new Map([
    ['登簿', '登簿'],
    ['发证', '发证'],
    ['撤回', '撤回'],
    ['撤销', '撤销'],
    ['撤销恢复', '登簿'],
  ]);
  const entry = register(cast, 'house-transfer', ['hj', 'bbh', 'blsj'], opening);
  return (change, day, patch) => {
    const state = states.get(change);
    return entry(change, day, {
      ...(state === undefined ? {} : { zt: state }),
      ...(change === '登簿' ? { djsj: cast.on(day) } : {}),
      ...patch,
    });
  };
}

/** 用电户, in the utility's marketing system. */
export function account(
  cast: Cast,
  role: number,
  premises: Premises,
  holder: Person,
  category: '居民' | '非居民',
  openedOn: number,
): Register {
  return register(cast, 'meter-account', ['ywlx', 'bbh', 'bgsj'], {
    consno: cast.consumerNo(role),
    zt: '1',
    ...accountHolder(holder),
    bdcdyh: premises.unitCode,
    yddz: premises.address,
    ydlb: category,
    rl: category === '居民' ? '8' : '50',
    qfje: '0.00',
    orgNo: cast.region.code.slice(0, 5),
    lhrq: cast.on(openedOn),
    yhzh: '6200000000000000000',
  });
}

export const accountHolder = ({ name, idType, idNumber, phone }: Person): Fields => ({
  hzmc: name,
  hzzjzl: idType,
  hzzjh: idNumber,
  hzdh: phone,
});
