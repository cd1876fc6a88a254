// How the characters of an identifier are made plain before its form is judged.
import { warning } from './verdict.ts';
import type { Warning } from './verdict.ts';

/** Longest text looked at, in UTF-16 units: fixed-width columns arrive padded with blanks, nothing longer is an identifier. */
const longestRaw = 4096;
/** Longest identifier once blanks are gone. */
const longestPlain = 160;

const visibleAscii = /^[\x21-\x7e]*$/;
// \p{Cf} holds the byte order mark, zero-width and direction marks, and the soft hyphen.
const blanks = /[\s\p{Cf}]+/gu;
const dashes = /[\p{Pd}\u2212]/gu;
const opening = /[（〔【［[｛{﹝﹙〈《]/gu;
const closing = /[）〕】］\]｝}﹞﹚〉》]/gu;

/** The text with its characters made plain, and the remark to make when that changed it. */
export interface PlainText {
  plain: string;
  warnings: Warning[];
}

/**
 * Makes a code plain: no blanks, no invisible marks, half-width characters, ASCII hyphens. Letters keep their case.
 * Null when the text is longer than any identifier.
 */
export function plainCode(text: string): PlainText | null {
  if (text.length > longestRaw) return null;
  if (text.length <= longestPlain && visibleAscii.test(text)) return { plain: text, warnings: [] };
  const plain = withoutBlanks(text).normalize('NFKC').replace(blanks, '').replace(dashes, '-');
  if (plain.length > longestPlain) return null;
  return { plain, warnings: plain === text ? [] : [warning('characters-normalised')] };
}

/**
 * Makes a printed number plain: as {@link plainCode}, and every kind of bracket becomes an ASCII round one.
 * Blanks and brackets vary freely in print, so changing only those is not remarked on.
 */
export function plainPrint(text: string): PlainText | null {
  if (text.length > longestRaw) return null;
  const folded = foldBrackets(withoutBlanks(text));
  if (folded.length > longestPlain) return null;
  const plain = foldBrackets(folded.normalize('NFKC').replace(blanks, '').replace(dashes, '-'));
  return { plain, warnings: plain === folded ? [] : [warning('characters-normalised')] };
}

function withoutBlanks(text: string): string {
  return text.replace(blanks, '');
}

function foldBrackets(text: string): string {
  return text.replace(opening, '(').replace(closing, ')');
}
