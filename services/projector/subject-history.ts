// Reads the history of a subject from its stream and from what was decided about its events.
import { streamOf } from '../domain/events.ts';
import { retiredEvents } from '../domain/retirement.ts';
import { historyOf } from '../domain/subject-history.ts';
import { readLedger } from '../ports/read-ledger.ts';
import { keptFact } from './fact-views.ts';
import type { Fact } from '../domain/facts.ts';
import type { Retirement } from '../domain/own-facts.ts';
import type { State } from '../domain/states.ts';
import type { EventCodec } from '../ports/event-codec.ts';
import type { EventReader } from '../ports/event-store.ts';
import type { SubjectHistory } from '../ports/subject-history.ts';
import type { RecordContracts } from './fact-views.ts';

export interface SubjectHistoryPorts {
  store: Pick<EventReader, 'readStream'>;
  codec: Pick<EventCodec, 'decode'>;
  sources: RecordContracts;
}

export function openSubjectHistory({ store, codec, sources }: SubjectHistoryPorts): SubjectHistory {
  return {
    async read(family, subject, { upTo, before } = {}) {
      const bound = upTo === undefined ? {} : { upTo };
      const stream = streamOf({ type: `${family}.`, subject });
      const states: State[] = [];
      for await (const event of store.readStream(stream, bound)) {
        let fact;
        try {
          fact = codec.decode(event.data) as Fact;
        } catch {
          // An event that cannot be read is parked, and told there.
          continue;
        }
        states.push(keptFact(event, fact, sources).state);
      }
      const decided = states.length === 0 ? undefined : await readLedger<Retirement>({ store, codec }, 'retirement', stream, bound);
      return historyOf(states, decided ? retiredEvents(decided) : new Set(), before);
    },
  };
}
