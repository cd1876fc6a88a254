// `hub identify`: what an identifier is, and whether it is good.
import { createInterface } from 'node:readline';
import { identify } from '../domain/identifiers/identify.ts';
import type { Readable } from 'node:stream';
import type { IdentifierKind } from '../domain/identifiers/verdict.ts';
import type { Output } from './output.ts';

const kindTitles: Record<IdentifierKind, string> = {
  uscc: '统一社会信用代码',
  'registration-number': '营业执照注册号',
  'organisation-code': '组织机构代码',
  'citizen-id': '身份证号',
  'foreign-resident-id': '外国人永久居留身份证号',
  'property-unit': '不动产单元代码',
  'property-certificate': '不动产权证号',
  'project-code': '项目代码',
  'planning-permit': '建设工程规划许可证号',
  'consumer-number': '用电户号',
  division: '行政区划代码',
  'licence-oid': '电子证照标识',
  unknown: '未知编码',
};

const longestLine = 4096;

/** Judges each text, and each line of standard input for `-`. Says whether all were good. */
export async function identifyTexts(texts: readonly string[], input: Readable, output: Output): Promise<boolean> {
  let allGood = true;
  const tell = (text: string): void => {
    const { kind, valid, normalised, warnings } = identify(text.slice(0, longestLine));
    allGood &&= valid;
    output.value({ input: text, kind, valid, normalised, warnings }, (verdict) => {
      const remarks = verdict.warnings.map((warning) => `${warning.zh} ${warning.en}`).join('; ');
      return `${valid ? '✓' : '✗'} ${text}  ${kindTitles[kind]} ${kind}${normalised !== null && normalised !== text ? `  ${normalised}` : ''}${remarks ? `  ${remarks}` : ''}`;
    });
  };
  for (const text of texts) {
    if (text !== '-') tell(text);
    else for await (const line of createInterface({ input, crlfDelay: Infinity })) if (line !== '') tell(line.replace(/^\uFEFF/, ''));
  }
  return allGood;
}
