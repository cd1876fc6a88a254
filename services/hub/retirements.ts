// Retires events that were misread, and takes that back: decided on what the store holds, then recorded.
import { HubError } from '../domain/errors.ts';
import { familyOf, factFamilies, streamOf } from '../domain/events.ts';
import { decideRetirement } from '../domain/retirement.ts';
import { hubItself, ownEvent } from '../ports/own-event.ts';
import { readLedger } from '../ports/read-ledger.ts';
import type { Retirement } from '../domain/own-facts.ts';
import type { Recording } from '../ports/recording.ts';
import type { Retirements, TakenRetirement } from '../ports/retirements.ts';
import type { Hub } from './open-hub.ts';

export function retirementsOn({ store, codec, now }: Pick<Hub, 'store' | 'codec' | 'now'>, recording: Recording): Retirements {
  async function take(change: Retirement['change'], id: string, reason: string, by: string): Promise<TakenRetirement> {
    const spoken = await store.get(id.toLowerCase());
    if (!spoken) throw new HubError('NOT_FOUND', 'there is no event of this id 没有此编号的事件');
    const family = familyOf(spoken.type);
    if (!factFamilies.some((each) => each === family) && spoken.type !== 'quarantine.quarantined')
      throw new HubError('USAGE', 'only what a source stated, or a refusal, can have been misread 只有数据源陈述的事实或拒收记录可以作废');
    const stream = streamOf(spoken);
    const ledger = await readLedger<Retirement>({ store, codec }, 'retirement', stream);
    const decided = decideRetirement(ledger, { change, event: spoken.id, stream, reason, by });
    if ('already' in decided) return { id: spoken.id, stream, event: decided.already, recorded: false };
    const { fact, sequence } = decided;
    const event = ownEvent(codec, { family: 'retirement', contract: hubItself, subject: stream, time: now(), sequence, fact });
    await recording.record([event]);
    return { id: spoken.id, stream, event: event.id, recorded: true };
  }
  return {
    retire: (id, reason, by) => take('retired', id, reason, by),
    reinstate: (id, reason, by) => take('reinstated', id, reason, by),
  };
}
