// The canonical form of what is known, and its digest: the same facts and rules always give the same bytes.
import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';

/**
 * JSON Canonicalization Scheme (RFC 8785). A value whose members are in order already is what ECMAScript makes of it
 * (§3.2.2), which is several times faster; judged packages and requests are built that way.
 */
export function canonicalJson(value: unknown): string {
  if (isInOrder(value)) return JSON.stringify(value) ?? 'null';
  return (canonicalize as unknown as (value: unknown) => string | undefined)(value) ?? 'null';
}

/** Whether the members of every object come in the order of §3.2.3, UTF-16 code units, and all numbers can be written. */
function isInOrder(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(isInOrder);
  if ('toJSON' in value) return false;
  let before = '';
  for (const name of Object.keys(value)) {
    if (name < before || !isInOrder((value as Record<string, unknown>)[name])) return false;
    before = name;
  }
  return true;
}

export function digestOf(canonical: string): string {
  return `sha256:${hash('sha256', canonical)}`;
}
