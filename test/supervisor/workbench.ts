// A supervisor over store, views and a clock that tests move; promises and consents to give it something to look at.
import { decidePromise } from '../../services/domain/packages/commitments.ts';
import { hubItself, ownEvent } from '../../services/ports/own-event.ts';
import { readLedger } from '../../services/ports/read-ledger.ts';
import { superviseAll } from '../../services/supervisor/supervisor.ts';
import { codec, contracts } from '../support/project.ts';
import { allEvents, inWorkshop } from '../support/fold.ts';
import { createClock } from '../support/clock.ts';
import { dateAt } from '../../services/domain/time.ts';
import type { HubEvent } from '../../services/domain/events.ts';
import type { Commitment, Supervision } from '../../services/domain/own-facts.ts';
import type { Package } from '../../services/domain/packages/judge.ts';
import type { SupervisorPorts } from '../../services/supervisor/supervisor.ts';
import type { Clock } from '../support/clock.ts';
import type { Workshop } from '../support/fold.ts';

const measures = { limits: contracts.limits, calendar: contracts.calendar };

export interface Workbench extends Workshop {
  clock: Clock;
  supervisor: SupervisorPorts;
  /** A new day: what falls due is judged, then the supervisor looks. */
  day(date: string): Promise<void>;
  /** What was recorded, as `<change> <date> <step>`, in the order of the store. */
  recorded(): Promise<string[]>;
  promise(id: string, items: string[], deadline: string): Promise<void>;
}

export const inWorkbench = <T>(date: string, use: (bench: Workbench) => Promise<T>): Promise<T> => {
  const clock = createClock(date);
  return inWorkshop(clock, async (workshop) => {
    const { store, views, live } = workshop;
    const supervisor: SupervisorPorts = {
      ...{ store, views, codec, measures, today: clock.today },
      // Recorded, and folded by whoever projects, a moment later.
      recording: {
        async record(events) {
          await store.append(events);
        },
      },
    };
    return use({
      ...workshop,
      clock,
      supervisor,
      async day(to) {
        clock.set(to);
        await live([]);
        await superviseAll(supervisor, to);
        await live([]);
      },
      async recorded() {
        const events = (await allEvents(store)).filter(({ type }) => type.startsWith('supervision.'));
        return events.map(({ data, time }) => {
          const { change, step } = codec.decode(data) as Supervision;
          return `${change} ${dateAt(time)} ${step}`;
        });
      },
      async promise(id, items, deadline) {
        const pack = JSON.parse((await views.get('package', id))!.body) as Package;
        const type = contracts.packages.find((known) => known.id === pack.type)!;
        const ledger = await readLedger<Commitment>({ store, codec }, 'commitment', id);
        const context = { pack, type, ledger, today: clock.today(), calendar: contracts.calendar, by: 'counter' };
        const decided = decidePromise(context, { items, deadline, basis: '容缺受理承诺书 17' });
        if (!('fact' in decided)) throw new Error('promised before');
        await live([ownStep('commitment', id, clock.now(), decided)]);
      },
    });
  });
};

/** An event of the hub's own. */
export const ownStep = (
  family: 'commitment' | 'authorisation' | 'supervision',
  subject: string,
  time: number,
  { fact, sequence }: { fact: { change: string }; sequence: number },
): HubEvent => ownEvent(codec, { family, contract: hubItself, subject, time, sequence, fact });
