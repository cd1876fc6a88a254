// An answer of a platform as text and JSON: decoded by the charset that it states, and no number altered in silence.
import { HubError } from '../domain/errors.ts';
import { hasUnsafeNumber, isUnsafe } from './unsafe-number.ts';

/** Names of the charsets that Chinese platforms answer in (WHATWG Encoding §4.2); GB18030 holds GBK and GB2312. */
const charsets: Readonly<Record<string, string>> = {
  'utf-8': 'utf-8',
  utf8: 'utf-8',
  gbk: 'gb18030',
  gb2312: 'gb18030',
  gb18030: 'gb18030',
  big5: 'big5',
};

/** The text of an answer. Errors: SOURCE_PROTOCOL for bytes that are none of the charset stated, UTF-8 where none is. */
export function answerText(contract: string, contentType: string | null, bytes: Uint8Array): string {
  const stated = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(contentType ?? '')?.[1]?.toLowerCase() ?? 'utf-8';
  const charset = Object.hasOwn(charsets, stated) ? charsets[stated] : undefined;
  if (charset === undefined) throw new HubError('SOURCE_PROTOCOL', `${contract}: the platform answered in a charset that is not known`);
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new HubError('SOURCE_PROTOCOL', `${contract}: the platform's answer is not ${charset}, as it states or leaves unsaid`, { cause });
  }
}

/** Before a number that no double holds, written as text; a record that itself says so is refused with those. */
const mark = '\u0000number:';
const tokens = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/**
 * JSON with the numbers that a double would alter (RFC 8259 §6) kept as marked texts, so that {@link takeUnsafeNumber}
 * finds them. Throws a SyntaxError.
 */
export function parseAnswer(text: string): unknown {
  // The text is parsed as it is first: a text that is no JSON could become so by the marks.
  const parsed: unknown = JSON.parse(text);
  if (!hasUnsafeNumber(text, parsed)) return parsed;
  return JSON.parse(
    text.replace(tokens, (token) => (token.startsWith('"') || !isUnsafe(Number(token)) ? token : JSON.stringify(mark + token))),
  );
}

/**
 * The place of such a number in a record, as `list[0].member`; null for none. The digits that were written take the number's
 * place, for the operator who is to look at it. Nested however deep: a list of what is left takes the place of recursion.
 */
export function takeUnsafeNumber(record: Record<string, unknown>): string | null {
  let found: string | null = null;
  const left: [holder: Record<string, unknown>, path: string][] = [[record, '']];
  for (let next = left.pop(); next; next = left.pop()) {
    const [holder, path] = next;
    for (const [name, value] of Object.entries(holder)) {
      const at = Array.isArray(holder) ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`;
      if (typeof value === 'object' && value !== null) left.push([value as Record<string, unknown>, at]);
      else if (typeof value === 'string' && value.startsWith(mark)) {
        found ??= at;
        holder[name] = value.slice(mark.length);
      }
    }
  }
  return found;
}
