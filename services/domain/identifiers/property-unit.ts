// 不动产单元代码 (GB/T 37346-2019): 28 characters, no check character.
import { plainPrint } from './characters.ts';
import { remarkOnRegion } from './division.ts';
import { bad, good, warning } from './verdict.ts';
import type { Verdict } from './verdict.ts';

const form = /^(\d{6})(\d{3})(\d{3})([GJZ])([A-Z])(\d{5})([FLQW])(\d{8})$/;
// The list of 宗地特征码 may have grown with the 2019 edition: a letter outside is remarked on, never refused.
const listedUses = 'ABSXCDEFHGWY';
/** 集体土地所有权 and 宅基地 exist on collective land only. */
const collectiveOnly = 'AC';

/** The parts of a unit code. */
export interface PropertyUnitParts {
  region: string;
  /** 地籍区 */
  cadastralArea: string;
  /** 地籍子区 */
  cadastralSubarea: string;
  /** 宗地(宗海)特征码, two letters */
  parcelFeature: string;
  /** 宗地代码, the first 19 characters */
  parcel: string;
  /** 定着物特征码 */
  fixtureFeature: string;
  /** 定着物单元编号 */
  fixture: string;
}

/** The parts of a unit code in its normal form, or null when it does not have that form. */
export function propertyUnitParts(code: string): PropertyUnitParts | null {
  const match = form.exec(code);
  if (match === null) return null;
  const [, region = '', cadastralArea = '', cadastralSubarea = '', ownership = '', use = '', , fixtureFeature = '', fixture = ''] = match;
  return { region, cadastralArea, cadastralSubarea, parcelFeature: ownership + use, parcel: code.slice(0, 19), fixtureFeature, fixture };
}

/**
 * Checks a 不动产单元代码; certificates print it in groups, so blanks are dropped. Normal form: 28 characters, capitals.
 * @param on the document's own date (`YYYY-MM-DD`), if known
 */
export function checkPropertyUnit(text: string, on?: string): Verdict {
  const read = plainPrint(text);
  if (read === null) return bad('property-unit', 'too-long');
  const { warnings } = read;
  const plain = read.plain.toUpperCase();
  const parts = propertyUnitParts(plain);
  if (parts === null) return bad('property-unit', 'form', warnings);
  if (plain !== read.plain) warnings.push(warning('lower-case'));
  const ownership = parts.parcelFeature.charAt(0);
  const use = parts.parcelFeature.charAt(1);
  if (!listedUses.includes(use) || (collectiveOnly.includes(use) && ownership !== 'J')) warnings.push(warning('feature-letter-unlisted'));
  // W (无定着物) goes with zeros, and nothing else does.
  if ((parts.fixtureFeature === 'W') !== (parts.fixture === '00000000')) warnings.push(warning('fixture-number'));
  remarkOnRegion(parts.region, on, warnings);
  return good('property-unit', plain, warnings);
}
