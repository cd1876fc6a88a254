// One organisation under its codes of different times, and what its licence says of others.
import type { BusinessLicence } from './facts.ts';

/** The id of a party that a source gives by its 组织机构代码 alone (GB 11714): `org:` and nine characters. */
export const oldCodeId = (uscc: string): string => `org:${uscc.slice(8, 17)}`;

/** Whether two ids are of one organisation: the same, or a unified code and the old code that it holds in places 9 to 17. */
export function sameOrganisation(a: string, b: string): boolean {
  if (a === b) return true;
  if (a.startsWith('org:')) return b.length === 18 && oldCodeId(b) === a;
  return b.startsWith('org:') && a.length === 18 && oldCodeId(a) === b;
}

/** What a licence says of another enterprise; the enterprise itself is none, whatever a record says. */
const another = (code: string | null | undefined, own: string): string | null => (code && code !== own ? code : null);

/** 隶属企业: the enterprise whose branch this one is; null for none. */
export const parentOf = ({ parentUscc, uscc }: BusinessLicence): string | null => another(parentUscc, uscc);

/** 存续或新设企业: who goes on for this one. Nobody before it is struck off: until then a merger is a plan (公司法 2023 §220–221). */
export const successorOf = ({ successorUscc, status, uscc }: BusinessLicence): string | null =>
  status === 'deregistered' || status === 'revoked-deregistered' ? another(successorUscc, uscc) : null;
