// kafkajs, with a decoder of records of our own put in before it is loaded. Loaded earlier by somebody else, it keeps its own,
// which reads the same and takes longer.
import { createRequire } from 'node:module';
import { DecodedRecord } from './record-decoder.ts';
import type * as kafkajs from 'kafkajs';
import type { BatchContext, Reader } from './record-decoder.ts';

const require = createRequire(import.meta.url);
const decoder = require.resolve('kafkajs/src/protocol/recordBatch/record/v0/decoder');
require(decoder);
require.cache[decoder]!.exports = (reader: Reader, context: BatchContext) => new DecodedRecord(reader, context);

export const { CompressionTypes, Kafka, logLevel, PartitionAssigners, Partitioners } = require('kafkajs') as typeof kafkajs;
export type Kafka = kafkajs.Kafka;
