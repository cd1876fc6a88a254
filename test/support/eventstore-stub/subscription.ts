// A catch-up subscription to $all as EventStoreDB 22.10 serves it, with the faults it may have.
import { status } from '@grpc/grpc-js';
import { caughtUpMessage, checkpointMessage, confirmationMessage, eventMessage, failure, send } from './messages.ts';
import type streams from '@eventstore/db-client/generated/streams_pb.js';
import type { Calls, Faults, ReadCall } from './faults.ts';
import type { StubEvent, StubLog } from './log.ts';

/** Serves until aborted: with the reason 'end' it ends in good order, else it just stops. */
export async function serveSubscription(
  call: ReadCall,
  { log, faults, calls }: { log: StubLog; faults: Faults; calls: Calls },
  ended: AbortSignal,
): Promise<void> {
  const options = call.request.getOptions()!;
  const wanted = filterIn(options.getFilter());
  const all = options.getAll()!;
  // From a place on: the one record at it is left out, whichever it is.
  let next = all.hasPosition() ? log.from(BigInt(all.getPosition()!.getCommitPosition())) + 1 : all.hasEnd() ? log.events.length : 0;
  const interval = (options.getFilter()?.getMax() ?? 32) * (options.getFilter()?.getCheckpointintervalmultiplier() ?? 1);
  const cut = faults.cut?.();
  let considered = 0;
  let sent = 0;
  let caughtUp = false;
  call.write(confirmationMessage());
  while (!ended.aborted) {
    const event = faults.silent ? undefined : log.events[next];
    if (!event) {
      if (!caughtUp && !faults.silent) call.write(caughtUpMessage());
      caughtUp = true;
      await log.grown(ended);
      continue;
    }
    next += 1;
    considered += 1;
    if (wanted(event)) {
      if (cut && sent === cut.after)
        return cut.how === 'end' ? void call.end() : void call.emit('error', failure(status.UNAVAILABLE, 'Connection dropped'));
      sent += 1;
      calls.delivered += 1;
      await send(call, eventMessage(event));
    }
    if (considered % interval === 0) call.write(checkpointMessage(event.position));
  }
  if (ended.reason === 'end') call.end();
}

function filterIn(filter: streams.ReadReq.Options.FilterOptions | undefined): (event: StubEvent) => boolean {
  const expression = filter?.getStreamIdentifier() ?? filter?.getEventType();
  if (!expression) return () => true;
  const textOf = (event: StubEvent): string => (filter?.hasStreamIdentifier() ? event.stream : event.type);
  const regex = expression.getRegex() ? new RegExp(expression.getRegex()) : undefined;
  return (event) => regex?.test(textOf(event)) ?? expression.getPrefixList().some((prefix) => textOf(event).startsWith(prefix));
}
