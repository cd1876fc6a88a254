// One sale, a dispatcher, and simulated utilities over HTTP on loopback: the parts that a transfer takes.
import { join } from 'node:path';
import { dispatcherRounds } from '../../services/dispatcher/dispatcher.ts';
import { utilityClients } from '../../services/drivers/http/utility-system.ts';
import { hubItself, ownEvent } from '../../services/ports/own-event.ts';
import { simulatedUtilities, startUtilities } from '../../services/simulator/utilities.ts';
import { createClock } from '../support/clock.ts';
import { allEvents, inWorkshop } from '../support/fold.ts';
import { codec, projectRoot } from '../support/project.ts';
import { castOf, eventsTold, keysInMemory, storyRecords } from '../support/simulated-events.ts';
import type { DispatcherPorts } from '../../services/dispatcher/ports.ts';
import type { Patience } from '../../services/dispatcher/waiting.ts';
import type { RecordedEvent } from '../../services/domain/events.ts';
import type { Access, Authorisation, TransferStep, Utility } from '../../services/domain/own-facts.ts';
import type { TransferRequest } from '../../services/domain/transfers/request.ts';
import type { UtilityOfRequest } from '../../services/domain/transfers/request-life.ts';
import type { PersonKeys } from '../../services/ports/person-keys.ts';
import type { Cast } from '../../services/simulator/cast.ts';
import type { SimulatedRecord } from '../../services/simulator/registers.ts';
import type { SimulatedUtilities, UtilityOptions } from '../../services/simulator/utilities.ts';
import type { Clock } from '../support/clock.ts';
import type { Workshop } from '../support/fold.ts';

export interface Office extends Workshop {
  clock: Clock;
  cast: Cast;
  caseNo: string;
  keys: PersonKeys;
  utilities: SimulatedUtilities;
  ports: Workshop['ports'] & DispatcherPorts;
  /** What the dispatcher told operators. */
  told: string[];
  tell(records: readonly SimulatedRecord[]): Promise<void>;
  consent(fact: Partial<Authorisation> & Pick<Authorisation, 'change' | 'grantor'>): Promise<void>;
  request(): Promise<TransferRequest>;
  at(utility: Utility): Promise<UtilityOfRequest | undefined>;
  /** Looks at every queue, `times` times; a day passes before each look but the first, so that all are due. */
  look(times?: number): Promise<void>;
  steps(utility?: Utility): Promise<TransferStep[]>;
  accesses(): Promise<Access[]>;
}

export interface OfficeOptions extends UtilityOptions {
  story?: string;
  /** Which records of the story have come so far. */
  upTo?: (record: SimulatedRecord) => boolean;
  systems?: readonly Utility[];
  /** What the hub sends, where it is not what the utility expects. */
  sentToken?: string;
  patience?: Patience;
  timeoutMs?: number;
}

const patience: Patience = { shortestMs: 1_000, longestMs: 60_000, pollMs: 60_000 };
const clientOf = utilityClients(join(projectRoot, 'contracts', 'http', 'marketing.yaml'));

export async function inOffice(options: OfficeOptions, use: (office: Office) => Promise<void>): Promise<void> {
  const clock = createClock();
  const cast = castOf();
  const keys = keysInMemory();
  const utilities = simulatedUtilities(options);
  const server = await startUtilities(utilities);
  const told: string[] = [];
  try {
    await inWorkshop(clock, async (workshop) => {
      const { store, views } = workshop;
      const systems = (options.systems ?? ['electricity']).map((utility) =>
        clientOf({
          utility,
          url: server.urlOf(utility),
          token: options.sentToken ?? options.token ?? null,
          timeoutMs: options.timeoutMs ?? 5_000,
        }),
      );
      const ports = {
        ...workshop.ports,
        ...{ store, views, codec, persons: keys, systems, now: clock.now },
        recording: { record: (events: Parameters<Workshop['live']>[0]) => workshop.live(events) },
        notice: (text: string, fields: object) => void told.push(`${text} ${JSON.stringify(fields)}`),
      };
      const rounds = dispatcherRounds(ports, options.patience ?? patience);
      const caseNo = cast.caseNo(0);
      const factsOf = async <T>(family: string): Promise<T[]> =>
        (await allEvents(store))
          .filter(({ type }: RecordedEvent) => type.startsWith(`${family}.`))
          .map(({ data }) => codec.decode(data) as T);
      const office: Office = {
        ...workshop,
        ...{ clock, cast, caseNo, keys, utilities, ports, told },
        tell: async (records) => workshop.live(await eventsTold(records, keys)),
        async consent(fact) {
          const id = `c-${fact.grantor}`;
          const whole = {
            record: id,
            scope: 'joint-transfer',
            object: caseNo,
            utilities: [],
            validUntil: null,
            basis: 'form 1',
            by: 'test',
            ...fact,
          };
          const sequence = fact.change === 'granted' ? 1 : 2;
          const said = { family: 'authorisation', contract: hubItself, subject: id, time: clock.now(), sequence, fact: whole } as const;
          await workshop.live([ownEvent(codec, said)]);
        },
        async request() {
          return JSON.parse((await views.get('transfer-request', caseNo))!.body) as TransferRequest;
        },
        async at(utility) {
          return (await office.request()).life.utilities.find((one) => one.utility === utility);
        },
        async look(times = 1) {
          for (let n = 0; n < times; n++) {
            if (n > 0) clock.pass(1);
            for (const round of rounds) await round(new AbortController().signal);
          }
        },
        steps: async (utility) =>
          (await factsOf<TransferStep>('transfer-request')).filter((step) => utility === undefined || step.utility === utility),
        accesses: () => factsOf<Access>('access'),
      };
      await office.tell(storyRecords(options.story ?? 'sale-ready', cast).filter(options.upTo ?? (() => true)));
      await use(office);
    });
  } finally {
    await server.close();
    await keys.close();
  }
}
