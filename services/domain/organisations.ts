// One organisation under its codes of different times.

/** The id of a party that a source gives by its 组织机构代码 alone (GB 11714): `org:` and nine characters. */
export const oldCodeId = (uscc: string): string => `org:${uscc.slice(8, 17)}`;

/** Whether two ids are of one organisation: the same, or a unified code and the old code that it holds in places 9 to 17. */
export function sameOrganisation(a: string, b: string): boolean {
  if (a === b) return true;
  if (a.startsWith('org:')) return b.length === 18 && oldCodeId(b) === a;
  return b.startsWith('org:') && a.length === 18 && oldCodeId(a) === b;
}
