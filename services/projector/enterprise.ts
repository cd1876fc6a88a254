// Reads an enterprise from the views: its row, and the rows that name it.
import { oldCodeId, parentOf, successorOf } from '../domain/organisations.ts';
import type { BusinessLicence } from '../domain/facts.ts';
import type { Subject } from '../domain/subject.ts';
import type { EnterpriseReader } from '../ports/enterprise.ts';
import type { ViewReader } from '../ports/view-store.ts';
import type { kinTags } from './kin-links.ts';

const most = 1_000;

/** What an enterprise states itself, and what others state of it: those are looked up, so that its row need not name them all. */
export function enterpriseReader(views: Pick<ViewReader, 'get' | 'find'>): EnterpriseReader {
  const naming = async (kind: (typeof kinTags)[number], uscc: string): Promise<string[]> =>
    (await views.find(`${kind}:${uscc}`, { view: 'enterprise', limit: most })).map(({ key }) => key).filter((key) => key !== uscc);
  return {
    async read(uscc) {
      const row = await views.get('enterprise', uscc);
      if (!row) return null;
      const { fact, event, conflicts, names } = JSON.parse(row.body) as Subject<BusinessLicence>;
      return {
        uscc,
        organisationCode: oldCodeId(uscc).slice('org:'.length),
        name: fact.name,
        formerNames: names.map(({ name }) => name).filter((name) => name !== fact.name),
        status: fact.status,
        event,
        conflicts,
        parent: parentOf(fact),
        successor: successorOf(fact),
        branches: await naming('parent', uscc),
        predecessors: await naming('successor', uscc),
      };
    },
  };
}
