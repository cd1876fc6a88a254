// Examples inside contract files: facts given shortly, and what must come of them.
import { HubError } from '../errors.ts';
import { placeOf } from './contract.ts';
import { exampleFact } from './example-facts.ts';
import { typesInForce } from './in-force.ts';
import { judge } from './judge.ts';
import type { PackageContract, PackageExample, PackageSubject, PackageType } from './contract.ts';
import type { Dossier, Evidence, Package } from './judge.ts';

/**
 * Judges every example of a contract by the types as they are in force on its date and in its region.
 * Errors: CONTRACT_INVALID, naming file and example, for the first that comes out otherwise or is judged by another contract.
 */
export function runExamples(contract: PackageContract, types: readonly PackageType[]): void {
  for (const example of contract.examples ?? []) {
    const where = `${placeOf(contract)}, example "${example.title}"`;
    const { date, region = contract.region ?? null } = example;
    const type = typesInForce(types, contract.for, region, date).find(({ id }) => id === contract.id);
    if (type?.version !== contract.version || type.region !== (contract.region ?? null)) {
      const other = type ? `version ${type.version}${type.region === null ? '' : ` of region ${type.region}`}` : 'no version';
      throw new HubError('CONTRACT_INVALID', `${where}: on ${date} ${other} is in force there`);
    }
    const pack = judged(type, example, where);
    const found = pack
      ? { status: pack.status, items: Object.fromEntries(pack.items.map(({ id, status }) => [id, status])) }
      : ('none' as const);
    const difference = differenceOf(example.expect, found);
    if (difference !== null) throw new HubError('CONTRACT_INVALID', `${where}: ${difference}`);
  }
}

function judged(type: PackageType, example: PackageExample, where: string): Package | null {
  try {
    return judge(type, dossierOf(example), example.date);
  } catch (cause) {
    throw new HubError('CONTRACT_INVALID', `${where} cannot be judged: ${(cause as Error).message.split('\n')[0]}`, { cause });
  }
}

type Outcome = PackageExample['expect'];

function differenceOf(expected: Outcome, found: Outcome): string | null {
  if (expected === 'none' || found === 'none')
    return expected === found
      ? null
      : `expected ${expected === 'none' ? 'no package' : expected.status}, found ${found === 'none' ? 'none' : found.status}`;
  for (const id of new Set([...Object.keys(found.items), ...Object.keys(expected.items)])) {
    const [wanted, got] = [expected.items[id], found.items[id]];
    if (wanted !== got) return `item ${id}: expected ${wanted ?? 'nothing'}, found ${got ?? 'nothing'}`;
  }
  return expected.status === found.status ? null : `expected ${expected.status}, found ${found.status}`;
}

function dossierOf({ subject: kind, formerNames = [], known = {}, evidence }: PackageExample): Dossier {
  const subject: PackageSubject = { kind, id: 'subject', names: ['示例', ...formerNames] };
  const slots = Object.entries(evidence).map(([slot, given]) => [
    slot,
    [given].flat().map((fact, i) => evidenceOf(slot, fact, i, subject)),
  ]);
  return {
    subject,
    premises: 'example',
    evidence: Object.fromEntries(slots) as Dossier['evidence'],
    known: { currentName: '示例', ...known },
  };
}

function evidenceOf(slot: string, stated: object, number: number, subject: PackageSubject): Evidence {
  const fact = exampleFact(slot, stated, subject);
  const { validUntil = null } = fact as { validUntil?: string | null };
  return { fact, event: `${slot}-${number}`, time: 0, validUntil, conflicts: [], value: slot };
}
