// Builds the parties of a fact: organisations in the clear, natural persons as a pseudonym and a sealed box.
import { checkCitizenId } from '../domain/identifiers/citizen-id.ts';
import { checkOrganisationCode } from '../domain/identifiers/organisation-code.ts';
import { isPlaceholder } from '../domain/identifiers/placeholder.ts';
import { checkUscc } from '../domain/identifiers/uscc.ts';
import { normaliseName } from '../domain/names.ts';
import type { Party } from '../domain/facts.ts';
import type { PartySource } from '../domain/source-contract.ts';
import type { PersonSealer } from '../ports/person-keys.ts';

/**
 * Codes of identity documents as registries write them (DOMAIN §8, 持证主体代码类型代码; and the texts seen in
 * property registers), and what we call them.
 */
const idTypes: Record<string, string> = {
  '001': 'uscc',
  统一社会信用代码: 'uscc',
  营业执照: 'uscc',
  '099': 'other-organisation',
  组织机构代码: 'other-organisation',
  组织机构代码证: 'other-organisation',
  '111': 'citizen-id',
  身份证: 'citizen-id',
  居民身份证: 'citizen-id',
  公民身份号码: 'citizen-id',
  '1': 'citizen-id',
  '114': 'officer-id',
  军官证: 'officer-id',
  '411': 'passport',
  '412': 'passport',
  '413': 'passport',
  '414': 'passport',
  护照: 'passport',
  '511': 'taiwan-permit',
  台胞证: 'taiwan-permit',
  '516': 'hong-kong-macao-permit',
  港澳通行证: 'hong-kong-macao-permit',
  '999': 'other-person',
};
const organisationTypes = new Set(['uscc', 'other-organisation']);

export interface MappedParty {
  party: Party;
  warning?: string;
}

export interface PartyContext {
  keys: PersonSealer;
  /** The home to seal with a person. */
  address: string | null;
  /** Source and record id: persons known by name alone are told apart by the record that names them. */
  scope: string;
}

/** Reads one party of `record`, or null when the record names none. */
export function mapParty(source: PartySource, record: Record<string, unknown>, { keys, address, scope }: PartyContext): MappedParty | null {
  const text = (name: string | undefined): string | null => {
    const value = name === undefined ? undefined : record[name];
    const trimmed = typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : '';
    return trimmed === '' || isPlaceholder(trimmed) ? null : trimmed;
  };
  const [name, idNumber] = [text(source.name), text(source.idNumber)];
  if (name === null && idNumber === null) return null;
  const share = text(source.share);
  const idType = kindOfDocument(text(source.idType), idNumber, name);
  if (organisationTypes.has(idType)) return organisation(name, idNumber, idType, share);

  const citizen = idType === 'citizen-id' && idNumber !== null ? checkCitizenId(idNumber) : null;
  const number = citizen?.normalised ?? idNumber?.toUpperCase().replace(/\s/g, '') ?? null;
  const id = number !== null ? keys.pseudonym(idType, number) : keys.pseudonym('name', `${scope}\0${name!}`);
  const sealed = keys.seal(id, { name, idType, idNumber: number, phone: text(source.phone), address });
  const nameKey = name === null ? null : keys.token(`name:${normaliseName(name)}`);
  const idValid = citizen ? citizen.valid : number !== null;
  const party: Party = { kind: 'person', id, name: null, idType, idValid, nameKey, share, sealed };
  return idValid ? { party } : { party, warning: number === null ? 'no-identity-number' : 'identity-number-check' };
}

function organisation(name: string | null, idNumber: string | null, idType: string, share: string | null): MappedParty {
  const verdict = idNumber === null ? null : checkUscc(idNumber);
  const good = verdict?.valid ?? false;
  // The 组织机构代码 of before 2015 lives on in places 9 to 17 of the code that came after it (GB 32100).
  const old = good || idNumber === null ? null : checkOrganisationCode(idNumber);
  const known = good ? verdict!.normalised! : old?.valid ? `org:${old.normalised!.replace('-', '')}` : null;
  const id = known ?? `name:${normaliseName(name ?? idNumber!)}`;
  const party: Party = { kind: 'organisation', id, name, idType, idValid: known !== null, nameKey: null, share, sealed: null };
  return idNumber !== null && known === null ? { party, warning: 'organisation-code-check' } : { party };
}

/** What kind of document it is: by its stated type, else by the form of its number, else by what the name looks like. */
function kindOfDocument(stated: string | null, idNumber: string | null, name: string | null): string {
  if (stated !== null) return Object.hasOwn(idTypes, stated) ? idTypes[stated]! : 'other-person';
  if (idNumber !== null) {
    // One citizen number in thirty also passes as an organisation's code: taken for a person's, it stays hidden.
    if (checkCitizenId(idNumber).valid) return 'citizen-id';
    if (checkUscc(idNumber).valid) return 'uscc';
    if (checkOrganisationCode(idNumber).valid) return 'other-organisation';
    if (/^\d{17}[\dXx]$/.test(idNumber)) return 'citizen-id';
  }
  return name !== null && /(公司|厂|店|院|局|中心|集团|合作社|委员会|企业|学校|银行|部)$/.test(normaliseName(name).replace(/\(.*\)$/, ''))
    ? 'uscc'
    : 'other-person';
}
