// A package as the portal answers it: every item with its title, its event, when that became true and when we learnt it.
import { statusTitles } from '../domain/packages/judge.ts';
import { formatInstant } from '../domain/time.ts';
import { ruleTexts, titles } from './package-types.ts';
import type { PackageType, Target } from '../domain/packages/contract.ts';
import type { Package, RuleReference } from '../domain/packages/judge.ts';
import type { ViewRow } from '../ports/view-store.ts';
import type { JudgedLocal, TargetKey } from '../ports/views.ts';
import type { NameReader, RowNames } from './names.ts';

/** Which view tells the address of what a package is made for. */
const premisesView: Record<Target, string> = {
  'held-property': 'property',
  project: 'project',
  'house-transfer': 'house-transfer',
  account: 'meter-account',
};

/** Gives the function that turns a row of the view `package` into what `portal.yaml` calls a Package. */
export function packagePresenter(packages: readonly PackageType[], names: NameReader): (row: ViewRow) => Promise<object> {
  const titleOf = titles(packages);
  const textOf = ruleTexts(packages);
  const ruleOf = ({ id, version }: RuleReference): object => ({ id, version, text: textOf({ id, version }) });

  return async (row) => {
    const pack = JSON.parse(row.body) as Package;
    const local = JSON.parse(row.local) as JudgedLocal;
    const { id, type, subject, status, contractVersion } = pack;
    const opened = names.of(local.sealed);
    return {
      id,
      type,
      title: titleOf.type(type),
      subject: await opened.party(subject),
      premises: { key: pack.premises, address: await addressOf(pack, local.target, opened, names) },
      status,
      statusTitle: statusTitles[status],
      digest: local.digest,
      contractVersion,
      items: pack.items.map((item) => {
        const learnt = item.event === null ? undefined : local.learnt[item.event];
        return {
          id: item.id,
          title: titleOf.item(type, item.id),
          required: item.required,
          status: item.status,
          statusTitle: statusTitles[item.status],
          value: item.value,
          evidence: item.evidence,
          event: item.event,
          trueFrom: item.validFrom === null ? null : formatInstant(item.validFrom),
          validUntil: item.validUntil,
          learntAt: learnt ? formatInstant(learnt.recordedtime) : null,
          position: learnt?.position ?? null,
          rule: ruleOf(item.rule),
          notices: item.notices.map(ruleOf),
        };
      }),
    };
  };
}

/** Out of the subject's own box, and no one else's; in the clear where an organisation holds the premises. */
async function addressOf({ subject }: Package, target: TargetKey, opened: RowNames, names: NameReader): Promise<string | null> {
  if (subject.kind === 'person') {
    const { address, erased } = opened.person(subject.id);
    if (address !== null || erased) return address;
  }
  const colon = target.indexOf(':');
  return names.addressIn(premisesView[target.slice(0, colon) as Target], target.slice(colon + 1));
}
