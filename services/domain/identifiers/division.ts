// 行政区划 (GB/T 2260): which place a six-digit code names, and when. Real records hold abolished and local codes: remarks, never refusals.
import { plainCode } from './characters.ts';
import { divisionRows } from './divisions-table.ts';
import { bad, good, warning } from './verdict.ts';
import type { Verdict, Warning } from './verdict.ts';

/** What the table says of a code. `not-yet`: known, but later than the date asked about. */
export type DivisionStatus = 'current' | 'abolished' | 'not-yet' | 'unknown';

/** A division as of a date. Years are strings; null where not known or not applicable. */
export interface Division {
  code: string;
  /** null when the code is unknown */
  name: string | null;
  /** Names from the province down, as `['浙江省', '杭州市', '临平区']`; empty when even the province is unknown. */
  path: string[];
  status: DivisionStatus;
  /** first year in force */
  from: string | null;
  /** year of abolition */
  to: string | null;
}

interface Row {
  name: string;
  from: string;
  to: string;
}

const abolishedSomeTime = '?';
/** Names that only fill a level of the code. */
const fillers = new Set(['市辖区', '县', '省直辖县级行政区划', '自治区直辖县级行政区划']);

let table: Map<string, Row> | undefined;

function rows(): Map<string, Row> {
  if (table !== undefined) return table;
  const parsed = new Map<string, Row>();
  for (const line of divisionRows.split('\n')) {
    const [code = '', name = '', from = '', to = ''] = line.split('|');
    parsed.set(code, { name, from, to });
  }
  table = parsed;
  return parsed;
}

function rowOf(code: string): Row | undefined {
  const row = rows().get(code);
  if (row !== undefined || !code.endsWith('01')) return row;
  // Every prefecture-level city has an NNNN01 市辖区 in GB/T 2260 for its districts together.
  const city = rows().get(`${code.slice(0, 4)}00`);
  return city === undefined ? undefined : { name: '市辖区', from: city.from, to: city.to };
}

function statusOf(row: Row | undefined, on: string | undefined): DivisionStatus {
  if (row === undefined) return 'unknown';
  if (on === undefined) return row.to === '' ? 'current' : 'abolished';
  const year = on.slice(0, 4);
  if (row.from !== '' && year < row.from) return 'not-yet';
  if (row.to === abolishedSomeTime) return 'abolished';
  // The table knows years only: within its last year a code still counts as in force.
  return row.to !== '' && year > row.to ? 'abolished' : 'current';
}

/**
 * What a six-digit code names.
 * @param on the date asked about (`YYYY-MM-DD`); without it, as of the table
 */
export function divisionOn(code: string, on?: string): Division {
  const row = rowOf(code);
  const path: string[] = [];
  for (const level of new Set([`${code.slice(0, 2)}0000`, `${code.slice(0, 4)}00`, code])) {
    const name = rowOf(level)?.name;
    if (name !== undefined && !fillers.has(name)) path.push(name);
  }
  const to = row === undefined || row.to === '' || row.to === abolishedSomeTime ? null : row.to;
  return { code, name: row?.name ?? null, path, status: statusOf(row, on), from: row?.from === '' ? null : (row?.from ?? null), to };
}

/**
 * Adds the remark that a region deserves: unknown, or abolished before the document's own date.
 * Without that date an abolished region is nothing to remark on: codes outlive their regions.
 */
export function remarkOnRegion(code: string, on: string | undefined, warnings: Warning[]): void {
  const row = rowOf(code);
  if (row === undefined) warnings.push(warning('region-unknown'));
  else if (on !== undefined && row.to !== '' && row.to !== abolishedSomeTime && on.slice(0, 4) > row.to) {
    warnings.push(warning('region-abolished'));
  }
}

/**
 * Checks a six-digit 行政区划代码. Only the form can make it bad; unknown and abolished codes are remarked on.
 * @param on the document's own date (`YYYY-MM-DD`), if known
 */
export function checkDivision(text: string, on?: string): Verdict {
  const read = plainCode(text);
  if (read === null) return bad('division', 'too-long');
  const { plain, warnings } = read;
  if (!/^[1-9]\d{5}$/.test(plain)) return bad('division', 'form', warnings);
  remarkOnRegion(plain, on, warnings);
  if (on === undefined && statusOf(rowOf(plain), on) === 'abolished') warnings.push(warning('region-no-longer-current'));
  return good('division', plain, warnings);
}
