// The contracts that packages and requests are judged by: `packages/*.yaml`, `rules.yaml` and `transfers.yaml`.
import { compilePackages } from '../../domain/packages/contract.ts';
import { runExamples } from '../../domain/packages/examples.ts';
import { wholeContracts } from '../../domain/packages/overlays.ts';
import type { PackageContract, PackageType, RuleContract } from '../../domain/packages/contract.ts';
import type { PackageOverlay } from '../../domain/packages/overlays.ts';
import type { MatchContract } from '../../domain/transfers/match.ts';
import type { ContractFiles } from './contract-files.ts';

export interface RuleSet {
  /** Every version of every application type, those of regions too. */
  packages: readonly PackageType[];
  /** The contracts as resolved, for who wants their examples or dates. */
  contracts: readonly PackageContract[];
  rules: readonly RuleContract[];
  match: MatchContract;
}

/**
 * Reads and compiles them. What `files` does not have is taken from `own`, file by file.
 * Errors: CONTRACT_INVALID, naming the file and the place in it.
 */
export function readRuleSet(files: ContractFiles, own: ContractFiles = files): RuleSet {
  const from = (file: string): ContractFiles => (files.has(file) ? files : own);
  const names = [...new Set([...own.names('packages'), ...files.names('packages')])].sort();
  const contracts = wholeContracts(names.map((name) => readPackage(from(name), name)));
  const rules = from('rules.yaml').read('rules.yaml', 'rules') as RuleContract[];
  const packages = compilePackages(contracts, rules);
  return { packages, contracts, rules, match: from('transfers.yaml').read('transfers.yaml', 'match') as MatchContract };
}

/** The same rule set, once every example in it came out as expected. Errors: CONTRACT_INVALID, naming file and example. */
export function provenByExamples(rules: RuleSet): RuleSet {
  for (const contract of rules.contracts) runExamples(contract, rules.packages);
  return rules;
}

function readPackage(files: ContractFiles, name: string): PackageContract | PackageOverlay {
  const isOverlay = (value: unknown): boolean => typeof value === 'object' && value !== null && 'extends' in value;
  const contract = files.read(name, (value) => (isOverlay(value) ? 'overlay' : 'package')) as PackageContract | PackageOverlay;
  return { ...contract, file: files.nameOf(name) };
}
