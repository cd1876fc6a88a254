// The shipped contracts with changes: further versions, regions of their own, other rules.
import { compilePackages } from '../../services/domain/packages/contract.ts';
import { wholeContracts } from '../../services/domain/packages/overlays.ts';
import { contracts } from './project.ts';
import type { PackageContract, RuleContract } from '../../services/domain/packages/contract.ts';
import type { PackageOverlay } from '../../services/domain/packages/overlays.ts';
import type { Rules } from '../../services/projector/judge-targets.ts';

/** A national contract as shipped, in its newest version. */
export function shipped(id: string): PackageContract {
  const found = contracts.contracts.filter((contract) => contract.id === id && contract.region === undefined);
  return found.sort((a, b) => b.version - a.version)[0]!;
}

/** The next version of a shipped contract. */
export const nextVersion = (id: string, effectiveFrom: string, changes: Partial<PackageContract>): PackageContract => ({
  ...shipped(id),
  version: shipped(id).version + 1,
  effectiveFrom,
  ...changes,
});

/** The shipped rules with more contracts and more versions of rules; a contract of the same version takes the shipped one's place. */
export function rulesWith(more: (PackageContract | PackageOverlay)[], moreRules: RuleContract[] = []): Rules {
  const isReplaced = (contract: PackageContract): boolean =>
    more.some(
      (other) => 'id' in other && other.id === contract.id && other.version === contract.version && contract.region === other.region,
    );
  const national = contracts.contracts.filter((contract) => contract.region === undefined && !isReplaced(contract));
  const rules = contracts.rules.filter(({ id, version }) => !moreRules.some((rule) => rule.id === id && rule.version === version));
  return { ...contracts, packages: compilePackages(wholeContracts([...national, ...more]), [...rules, ...moreRules]) };
}
