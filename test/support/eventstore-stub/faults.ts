// What a stub of EventStoreDB can be made to do wrong, and what it counts.
import type streams from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerWritableStream, ServiceError } from '@grpc/grpc-js';
import type { Member } from './messages.ts';

/** What goes wrong from now on. Counts go down by one with each call they hit. */
export interface Faults {
  /** Calls that are answered UNAVAILABLE. */
  unavailable: number;
  /** Calls that are never answered. */
  mute: number;
  /** Appends that are carried out, and whose answer is lost. */
  loseReplies: number;
  /** Where calls that need the leader are sent. */
  leader?: { host: string; port: number } | undefined;
  /** What this node says of its cluster, when it is asked. */
  members?: Member[] | undefined;
  /** Subscriptions deliver nothing any more, and say nothing about it. */
  silent: boolean;
  /** After how many events a subscription is cut, and how: without a word, or with an error. */
  cut?: (() => { after: number; how: 'end' | 'error' } | undefined) | undefined;
  /** Before each append is decided on: what others do meanwhile. */
  beforeAppend?: ((stream: string) => void) | undefined;
  /** An error for every call that is not in the way of the others. */
  refuse?: Partial<ServiceError> | undefined;
}

export interface Calls {
  append: number;
  read: number;
  subscribe: number;
  delivered: number;
}

export type ReadCall = ServerWritableStream<streams.ReadReq, streams.ReadResp>;
