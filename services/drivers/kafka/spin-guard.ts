// Ends a loop of kafkajs 2.2.4 that never waits: where its fetchers are made anew while their consumer stops, each is answered
// with nothing at once, for ever, and the process does nothing else any more. Every turn of it asks which nodes there are.
import { PartitionAssigners } from './kafkajs.ts';
import type { Cluster, PartitionAssigner } from 'kafkajs';

/** Far more than one turn of the event loop has use for: a fetch that asks a broker waits. */
const most = 1_000;

/** The assigner that kafkajs uses anyway, which is the one thing that it hands its cluster to. */
export const guardedAssigner: PartitionAssigner = (given) => {
  guardCluster(given.cluster);
  return PartitionAssigners.roundRobin(given);
};

/** Makes `getNodeIds` fail once it is asked over and over without the event loop turning. */
export function guardCluster(cluster: Pick<Cluster, 'getNodeIds'>): void {
  const ask = cluster.getNodeIds.bind(cluster);
  let asked = 0;
  cluster.getNodeIds = () => {
    if (asked === 0) setImmediate(() => (asked = 0));
    if (++asked > most) throw new Error('kafkajs asks for its nodes without end');
    return ask();
  };
}
