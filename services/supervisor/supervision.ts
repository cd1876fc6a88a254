// What is due, overdue and escalated, and the figures of a period, read from the views.
import { HubError } from '../domain/errors.ts';
import { matterStateTitles, occurrencesOf, stateOn } from '../domain/supervision.ts';
import { reportMaker, spanOf } from '../domain/supervision-report.ts';
import { workingDaysBetween, yearsUnknown } from '../domain/working-days.ts';
import { ledgersIn, supervisedIn } from './matters.ts';
import type { Ledger } from '../domain/ledger.ts';
import type { Supervision } from '../domain/own-facts.ts';
import type { Bilingual } from '../domain/source-contract.ts';
import type { Matter, MatterState, Measures, Occurrence } from '../domain/supervision.ts';
import type { MatterFilter, MatterLine, SupervisionReader } from '../ports/supervision.ts';
import type { MatterViews } from './matters.ts';

/** How many objects one page may look at when most do not fit the filter. */
const scanned = 5_000;

export function supervisionReader({
  views,
  measures,
  today,
}: {
  views: MatterViews;
  measures: Measures;
  today: () => string;
}): SupervisionReader {
  return {
    async matters(filter, page) {
      const date = today();
      const { roles } = measures.limits;
      if (filter.responsible !== undefined && !roles.some(({ id }) => id === filter.responsible))
        throw new HubError(
          'USAGE',
          `there is no role "${filter.responsible}" 没有此岗位; there are 可用 ${roles.map(({ id, title }) => `${id} ${title.zh}`).join(', ')}`,
        );
      return filter.state === 'settled' ? settledPage(views, measures, filter, page) : openPage(views, measures, date, filter, page);
    },
    async report(period, date) {
      const maker = reportMaker(period, spanOf(period, date ?? today()), measures.calendar);
      for await (const ledger of ledgersIn(views)) for (const occurrence of occurrencesOf(ledger)) maker.add(occurrence);
      return maker.report();
    },
  };
}

type Page = Parameters<SupervisionReader['matters']>[1];
type Listed = ReturnType<SupervisionReader['matters']>;

async function openPage(views: MatterViews, measures: Measures, date: string, filter: MatterFilter, { after, limit }: Page): Listed {
  const items: MatterLine[] = [];
  let [looked, at] = [0, after];
  for await (const { open, place } of supervisedIn(views, measures, after)) {
    if (items.length >= limit || looked++ >= scanned) return { items, next: at };
    at = place;
    for (const matter of open) {
      const state = stateOn(matter, date, measures);
      if ((filter.state === undefined || filter.state === state) && fits(matter, filter))
        items.push(line(matter, state, date, null, measures));
    }
  }
  return { items, next: null };
}

async function settledPage(views: MatterViews, measures: Measures, filter: MatterFilter, { after, limit }: Page): Listed {
  const rows = await views.find('last:settled', { view: 'supervision', after, limit });
  const items = rows.flatMap(({ body }) => {
    const last = occurrencesOf(JSON.parse(body) as Ledger<Supervision>).findLast(({ settled }) => settled !== null);
    return last && fits(last, filter) ? [line(last, 'settled', last.settled!, last.settled, measures)] : [];
  });
  return { items, next: rows.length < limit ? null : rows.at(-1)!.key };
}

const fits = ({ responsible, region }: Pick<Occurrence, 'responsible' | 'region'>, filter: MatterFilter): boolean =>
  (filter.responsible === undefined || filter.responsible === responsible) &&
  (filter.region === undefined || (region?.startsWith(filter.region) ?? false));

function line(
  matter: Matter | Occurrence,
  state: MatterState,
  date: string,
  settled: string | null,
  { limits, calendar }: Measures,
): MatterLine {
  const { id, kind, object, step, utility, since, due, responsible, region } = matter;
  const { first, second } = limits.escalation;
  const told = state === 'escalated-again' ? second.to : state === 'escalated' ? first.to : null;
  return {
    ...{ id, kind, object, step, utility, since, due, region, state, settled },
    title: titleIn(limits.steps, step.split('.')[0]!),
    stateTitle: matterStateTitles[state],
    daysLeft: workingDaysBetween(date, due, calendar),
    responsible: { role: responsible ?? '-', title: titleIn(limits.roles, responsible ?? '-') },
    escalatedTo: told === null ? null : { role: told, title: titleIn(limits.roles, told) },
    yearsUnknown: yearsUnknown(since, due > date ? due : date, calendar),
  };
}

/** An id stands for itself when the contract no longer has it. */
const titleIn = (among: readonly { id: string; title: Bilingual }[], id: string): Bilingual =>
  among.find((one) => one.id === id)?.title ?? { zh: id, en: id };
