// A package as the portal answers it: every item with its title, its event, when that became true and when we learnt it.
import type { Target } from '../domain/packages/contract.ts';
import type { Package } from '../domain/packages/judge.ts';
import type { ApiAnswer } from '../ports/http.ts';
import type { ViewRow } from '../ports/view-store.ts';
import type { TargetKey } from '../ports/views.ts';
import type { FreshnessNow } from './freshness.ts';
import type { NameReader, RowNames } from './names.ts';
import type { PreparedPackage } from './prepare-package.ts';

/** Which view tells the address of what a package is made for. */
const premisesView: Record<Target, string> = {
  'held-property': 'property',
  project: 'project',
  'house-transfer': 'house-transfer',
  account: 'meter-account',
};

/** Gives the function that answers a row of the view `package` as what `portal.yaml` calls a Package. */
export function packagePresenter(
  prepare: (row: ViewRow) => PreparedPackage,
  names: NameReader,
  freshness: () => FreshnessNow | Promise<FreshnessNow>,
): (row: ViewRow) => Promise<ApiAnswer & { body: object }> {
  return async (row) => {
    const { pack, local, before, beforeText, after: afterAt } = prepare(row);
    const known = freshness();
    const { after, afterText } = afterAt(known instanceof Promise ? await known : known);
    const opened = names.of(local.sealed);
    const subject = await opened.party(pack.subject);
    const address = await addressOf(pack, local.target, opened, names);
    const opens = { subject, premises: { key: pack.premises, address } };
    // Three objects written as one: the members of each follow those of the one before.
    const text = `${beforeText.slice(0, -1)},${JSON.stringify(opens).slice(1, -1)},${afterText.slice(1)}`;
    return { status: 200, body: { ...before, ...opens, ...after }, text };
  };
}

/** Out of the subject's own box, and no one else's; in the clear where an organisation holds the premises. */
async function addressOf({ subject }: Package, target: TargetKey, opened: RowNames, names: NameReader): Promise<string | null> {
  if (subject.kind === 'person') {
    const { address, erased } = await opened.person(subject.id);
    if (address !== null || erased) return address;
  }
  const colon = target.indexOf(':');
  return names.addressIn(premisesView[target.slice(0, colon) as Target], target.slice(colon + 1));
}
