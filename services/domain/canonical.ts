// The canonical form of what is known, and its digest: the same facts and rules always give the same bytes.
import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';

/** JSON Canonicalization Scheme (RFC 8785). */
export function canonicalJson(value: unknown): string {
  return (canonicalize as unknown as (value: unknown) => string | undefined)(value) ?? 'null';
}

export function digestOf(canonical: string): string {
  return `sha256:${hash('sha256', canonical)}`;
}
