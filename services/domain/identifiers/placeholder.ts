// What registries write where they have no value.
import { plainCode } from './characters.ts';

const placeholders = new Set([
  '',
  '/',
  '//',
  '\\',
  '-',
  '--',
  '---',
  '*',
  '.',
  '-1',
  'N/A',
  'NA',
  'NULL',
  '(NULL)',
  'NONE',
  'NIL',
  'UNDEFINED',
  'UNKNOWN',
  '无',
  '無',
  '暂无',
  '没有',
  '空',
  '未知',
  '不详',
  '1900-01-01',
  '1900-1-1',
  '1900/01/01',
  '1900/1/1',
  '1900-01-0100:00:00',
  '1900-01-01T00:00:00',
  '0000-00-00',
  '0001-01-01',
]);

/** Longest placeholder as written, with room for blanks inside. */
const longest = 32;

const inPlaceholders = [...new Set([...placeholders].join('').replace(/[^\u4e00-\u9fff]/g, ''))].join('');
/** A Chinese character that no placeholder has. Most values have one, and need not be made plain to be told from a placeholder. */
const otherHan = new RegExp(`(?![${inPlaceholders}])[\\u4e00-\\u9fff]`);

/** Whether a text stands for no value: blank, `/`, `无`, `N/A`, `-1`, `1900-01-01` and their like, as real records hold them. */
export function isPlaceholder(text: string): boolean {
  if (text.trim().length > longest || otherHan.test(text)) return false;
  const plain = plainCode(text)?.plain;
  return plain !== undefined && placeholders.has(plain.toUpperCase());
}
