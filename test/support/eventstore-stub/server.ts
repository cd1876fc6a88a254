// A small gRPC server that speaks EventStoreDB's streams protocol, for failures that a healthy server does not show.
import gossipGrpc from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import streamsGrpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import { Server, ServerCredentials, status } from '@grpc/grpc-js';
import { createStubLog } from './log.ts';
import {
  answerTo,
  clusterMessage,
  eventMessage,
  expectedIn,
  failure,
  nameIn,
  notFoundMessage,
  notLeader,
  proposedIn,
  send,
} from './messages.ts';
import { serveSubscription } from './subscription.ts';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerReadableStream, ServiceError, UntypedServiceImplementation, sendUnaryData } from '@grpc/grpc-js';
import type { Calls, Faults, ReadCall } from './faults.ts';
import type { Proposed, StubEvent, StubLog } from './log.ts';

export interface EventStoreStub {
  url: string;
  port: number;
  log: StubLog;
  faults: Faults;
  /** How many calls of each kind came, and how many events subscriptions gave. */
  calls: Calls;
  /** Ends all subscriptions without an error. */
  endSubscriptions(): void;
  /** Ends the process, as it were: connections break, the port is closed. */
  stop(): void;
}

/** Starts a stub on loopback; a `log` may be shared or taken over, and a port taken again. */
export async function startEventStoreStub({
  log = createStubLog(),
  port = 0,
}: { log?: StubLog; port?: number } = {}): Promise<EventStoreStub> {
  const faults: Faults = { unavailable: 0, mute: 0, loseReplies: 0, silent: false };
  const calls: Calls = { append: 0, read: 0, subscribe: 0, delivered: 0 };
  const subscriptions = new Set<AbortController>();
  const spend = (name: 'unavailable' | 'mute' | 'loseReplies'): boolean => faults[name] > 0 && faults[name]-- > 0;

  /** What is wrong with a call before it is looked at, or nothing. */
  function obstacle(call: { metadata: { get(name: string): unknown[] } }): Partial<ServiceError> | 'mute' | undefined {
    if (spend('mute')) return 'mute';
    if (spend('unavailable')) return failure(status.UNAVAILABLE, 'Server Is Not Ready');
    if (faults.leader && call.metadata.get('requires-leader')[0] === 'true') return notLeader(faults.leader);
    return faults.refuse;
  }

  async function append(
    call: ServerReadableStream<streams.AppendReq, streams.AppendResp>,
    answer: sendUnaryData<streams.AppendResp>,
  ): Promise<void> {
    calls.append += 1;
    const wrong = obstacle(call);
    let options: streams.AppendReq.Options | undefined;
    const proposed: Proposed[] = [];
    for await (const message of call as AsyncIterable<streams.AppendReq>) {
      if (message.hasOptions()) options = message.getOptions();
      else proposed.push(proposedIn(message.getProposedMessage()!));
    }
    if (wrong === 'mute') return;
    if (wrong) return answer(wrong);
    const stream = nameIn(options!.getStreamIdentifier());
    const expected = expectedIn(options!);
    faults.beforeAppend?.(stream);
    const size = proposed.reduce((sum, { data, metadata }) => sum + data.length + metadata.length, 0);
    if (size > 1024 * 1024) {
      return answer(
        failure(status.INVALID_ARGUMENT, 'Maximum Append Size Exceeded.', {
          exception: 'maximum-append-size-exceeded',
          'maximum-append-size': '1048576',
        }),
      );
    }
    const decision = log.append(stream, expected, proposed);
    if (spend('loseReplies')) return answer(failure(status.UNAVAILABLE, 'Connection dropped'));
    answer(null, answerTo(decision, expected));
  }

  async function read(call: ReadCall): Promise<void> {
    const options = call.request.getOptions()!;
    const subscribing = options.hasSubscription();
    calls[subscribing ? 'subscribe' : 'read'] += 1;
    const wrong = obstacle(call);
    if (wrong === 'mute') return;
    if (wrong) return void call.emit('error', wrong);
    const all = options.getAll();
    const at = all?.hasPosition() ? BigInt(all.getPosition()!.getCommitPosition()) : undefined;
    if (at !== undefined && !log.isPlace(at)) return void call.emit('error', failure(status.UNKNOWN, 'Unexpected ReadAllResult: Error'));
    if (subscribing) {
      const ended = new AbortController();
      subscriptions.add(ended);
      call.on('cancelled', () => ended.abort());
      await serveSubscription(call, { log, faults, calls }, ended.signal);
      subscriptions.delete(ended);
      return;
    }
    const back = options.getReadDirection() === streams.ReadReq.Options.ReadDirection.BACKWARDS;
    const stream = options.getStream();
    const found = stream
      ? streamPage(log.streamOf(nameIn(stream.getStreamIdentifier())), stream, back)
      : allPage(log, at ?? (all!.hasEnd() ? undefined : 0n), back);
    if (stream && log.streamOf(nameIn(stream.getStreamIdentifier())).length === 0)
      call.write(notFoundMessage(nameIn(stream.getStreamIdentifier())));
    let left = BigInt(options.getCount());
    for (const event of found) {
      if (left-- <= 0n || call.cancelled) break;
      await send(call, eventMessage(event));
    }
    call.end();
  }

  const server = new Server();
  const handlers = {
    append: (call: Parameters<typeof append>[0], answer: Parameters<typeof append>[1]) => void append(call, answer).catch(() => undefined),
    read: (call: ReadCall) => void read(call),
  } as unknown as UntypedServiceImplementation;
  server.addService(streamsGrpc.StreamsService, handlers);
  const gossip = {
    read: (_call: unknown, answer: sendUnaryData<unknown>) => answer(null, clusterMessage(faults.members ?? [])),
  } as unknown as UntypedServiceImplementation;
  server.addService(gossipGrpc.GossipService, gossip);
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, taken) => (error ? reject(error) : resolve(taken)));
  });
  return {
    url: `esdb://127.0.0.1:${bound}?tls=false`,
    port: bound,
    log,
    faults,
    calls,
    endSubscriptions() {
      for (const ended of subscriptions) ended.abort('end');
    },
    stop() {
      for (const ended of subscriptions) ended.abort();
      server.forceShutdown();
    },
  };
}

function* streamPage(events: readonly StubEvent[], options: streams.ReadReq.Options.StreamOptions, back: boolean): Generator<StubEvent> {
  const last = BigInt(events.length) - 1n;
  let at = options.hasStart() ? 0n : options.hasEnd() ? last : BigInt(options.getRevision());
  for (; at >= 0n && at <= last; at += back ? -1n : 1n) yield events[Number(at)]!;
}

/** Forwards the event at the position comes first; backwards the one that ends there. */
function* allPage(log: StubLog, at: bigint | undefined, back: boolean): Generator<StubEvent> {
  let i = at === undefined ? log.events.length : log.from(at);
  if (back) while (i > 0) yield log.events[--i]!;
  else for (; i < log.events.length; i++) yield log.events[i]!;
}
