// `npm run bench:addresses`: how well addresses are told to be the same or not, on the real addresses in ../shared/data.
// Nobody has labelled those, so pairs are made: the same address as another clerk would write it (recall), and the
// address next door (precision). Real addresses that fall together are counted, and some printed for a reader to judge.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Papa from 'papaparse';
import { addressTokens } from '../../services/domain/address.ts';

const folder = fileURLToPath(new URL('../../../shared/data/', import.meta.url));

const sources: [file: string, address: (row: Record<string, string>) => string | undefined][] = [
  ['enterprise/registrations_2019_beijing.csv', (row) => row['address']],
  ['enterprise/registrations_2019_chengdu.csv', (row) => row['address']],
  ['presale/chengdu_presale_permits.csv', (row) => row['address']],
  ['housing/taipei_actual_price_2020.csv', (row) => row['土地區段位置建物區段門牌']],
];

const fullWidth = (text: string): string => text.replace(/[0-9A-Za-z]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0));
const numerals = '零一二三四五六七八九';
const chinese = (n: number): string => {
  const [tens, ones] = [Math.floor(n / 10), n % 10];
  return (tens === 0 ? '' : tens === 1 ? '十' : `${numerals[tens]!}十`) + (ones === 0 && tens > 0 ? '' : numerals[ones]!);
};

/** How else one and the same address is written; a text that comes out as it went in shows nothing and is left out. */
const writers: Record<string, (text: string) => string> = {
  'full width': fullWidth,
  'blanks between parts': (text) => text.replace(/(路|街|号|號|区|區|楼|幢|单元)(?=.)/g, '$1 '),
  'brackets around the room': (text) => text.replace(/(\d{3,4}室)$/, '（$1）'),
  '号楼 as 幢': (text) => text.replace(/(\d+)号楼/g, '$1幢'),
  '幢 as 栋': (text) => text.replace(/(\d+)幢/g, '$1栋'),
  '栋 as 号楼': (text) => text.replace(/(\d+)栋/g, '$1号楼'),
  'room without 室': (text) => text.replace(/((?:幢|栋|号楼|单元)\d{3,4})室$/, '$1'),
  '室 as 号': (text) => text.replace(/((?:幢|栋|号楼|单元)\d{3,4})室$/, '$1号'),
  'building and room with dashes': (text) => text.replace(/(\d+)(?:幢|栋|号楼)(\d+)单元(\d{3,4})(?:室|号)?$/, '$1-$2-$3'),
  'Chinese numerals': (text) => text.replace(/(?<!\d)(\d{1,2})(?=(?:号楼|幢|栋|单元))/g, (digits) => chinese(Number(digits))),
  'traditional counters': (text) => text.replace(/号/g, '號').replace(/楼/g, '樓').replace(/单元/g, '單元').replace(/栋/g, '棟'),
  'without the city': (text) => text.replace(/^(?:[^市区]{2,3}省)?[^市区]{2,4}市(?=[^市区]{2,4}区)/, ''),
  'without the street office': (text) => text.replace(/(区)[^区街道]{2,5}街道(?=.)/, '$1'),
  'without the storey': (text) => text.replace(/(幢|栋|号楼|单元)\d{1,2}层(?=\d{3,4})/, '$1'),
  'remark behind left out': (text) => text.replace(/[（(][^（()）]*[)）]$/, ''),
  '~ as － in ranges': (text) => text.replace(/(\d)[~～](\d)/g, '$1－$2'),
};

/** The address of a neighbour: another number where numbers tell homes apart. */
const neighbours: Record<string, (text: string) => string> = {
  'next room': (text) => text.replace(/(\d{3,4})(?=(?:室|号)?$)/, (n) => String(Number(n) + 1)),
  'next building': (text) => text.replace(/(\d+)(?=(?:号楼|幢|栋))/, (n) => String(Number(n) + 1)),
  'next unit': (text) => text.replace(/(\d+)(?=单元)/, (n) => String(Number(n) + 1)),
  'next storey': (text) => text.replace(/(\d{1,2})(?=[层楼](?:[^幢栋]|$))/, (n) => String(Number(n) + 1)),
  'next door': (text) => text.replace(/(\d+)(?=号(?!楼|院))/, (n) => String(Number(n) + 1)),
};

if (!existsSync(folder)) {
  console.error('the real records are not here (../shared/data): nothing was measured');
  process.exit(1);
}
const finest = (text: string): string => addressTokens(text).at(-1)!;
const percent = (part: number, whole: number): string => (whole === 0 ? '–' : `${((100 * part) / whole).toFixed(2)} %`);

for (const [file, addressOf] of sources) {
  const rows = Papa.parse<Record<string, string>>(readFileSync(folder + file, 'utf8').replace(/^\uFEFF/, ''), { header: true }).data;
  const addresses = [...new Set(rows.flatMap((row) => addressOf(row)?.trim() || []))];
  const table: Record<string, object> = {};
  let [same, sameOf, kept, keptOf] = [0, 0, 0, 0];
  for (const [name, write] of Object.entries(writers)) {
    const pairs = addresses.map((text) => [text, write(text)] as const).filter(([a, b]) => a !== b);
    const hits = pairs.filter(([a, b]) => finest(a) === finest(b)).length;
    if (pairs.length > 0) table[`same: ${name}`] = { pairs: pairs.length, right: percent(hits, pairs.length) };
    [same, sameOf] = [same + hits, sameOf + pairs.length];
  }
  for (const [name, move] of Object.entries(neighbours)) {
    const pairs = addresses.map((text) => [text, move(text)] as const).filter(([a, b]) => a !== b);
    const apart = pairs.filter(([a, b]) => finest(a) !== finest(b)).length;
    if (pairs.length > 0) table[`different: ${name}`] = { pairs: pairs.length, right: percent(apart, pairs.length) };
    [kept, keptOf] = [kept + apart, keptOf + pairs.length];
  }
  const groups = new Map<string, string[]>();
  for (const text of addresses) groups.set(finest(text), [...(groups.get(finest(text)) ?? []), text]);
  const merged = [...groups.values()].filter((texts) => texts.length > 1);
  console.log(`\n${file}: ${addresses.length} different texts, ${groups.size} different addresses`);
  console.table(table);
  // Of all pairs called the same, how many are: made pairs that were joined rightly, and neighbours joined wrongly.
  console.log(`recall ${percent(same, sameOf)}, precision ${percent(same, same + (keptOf - kept))}`);
  for (const texts of merged.slice(0, Number(process.env['SHOW'] ?? 3))) console.log(`  taken for one: ${texts.join(' | ')}`);
}
