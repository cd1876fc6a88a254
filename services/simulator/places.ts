// Where simulated stories happen: real divisions (GB/T 2260), so that codes pass, with streets that exist nowhere.

export interface Region {
  /** 行政区划代码 */
  code: string;
  /** Province, city and district as an address begins. */
  name: string;
  /** 所在市县全称, as certificate numbers write it. */
  place: string;
  /** 省区市简称 */
  short: string;
}

export const regions: readonly Region[] = [
  { code: '110105', name: '北京市朝阳区', place: '朝阳区', short: '京' },
  { code: '310115', name: '上海市浦东新区', place: '浦字', short: '沪' },
  { code: '330113', name: '浙江省杭州市临平区', place: '杭州市', short: '浙' },
  { code: '320505', name: '江苏省苏州市虎丘区', place: '苏州市', short: '苏' },
  { code: '340111', name: '安徽省合肥市包河区', place: '合肥市', short: '皖' },
  { code: '440305', name: '广东省深圳市南山区', place: '深圳市', short: '粤' },
  { code: '510107', name: '四川省成都市武侯区', place: '成都市', short: '川' },
  { code: '420106', name: '湖北省武汉市武昌区', place: '武汉市', short: '鄂' },
];

/** Development zones number themselves outside GB/T 2260 (DOMAIN §6): readers must warn, never refuse. */
export const irregularRegions: readonly Region[] = [
  { code: '441351', name: '广东省惠州市大亚湾区', place: '大亚湾', short: '粤' },
  { code: '469040', name: '海南省洋浦经济开发区', place: '洋浦', short: '琼' },
];

export const streets = ['模拟一路', '模拟二路', '模拟大道', '测试街', '测试东路', '演练巷', '虚构路', '样例街'] as const;
export const industries = ['科技', '精密制造', '商贸', '新能源', '食品', '物流', '医疗器械', '文化传媒'] as const;
export const surnames = ['张', '王', '李', '赵', '陈', '刘', '杨', '黄', '周', '吴', '徐', '孙', '马', '朱', '胡', '林'] as const;

/**
 * Region of simulated citizen numbers: 白杨市, founded in 2023. Nobody born before has a number that begins so, and our
 * people are all born before: their numbers are well formed and belong to no one.
 */
export const citizenRegion = '659012';
