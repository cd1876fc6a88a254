// What somebody writes who has contracts/topics.yaml and schemas/ and nothing of the hub: decodes values of event topics.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parse } from 'yaml';

type Schema = string | Schema[] | { type: Schema; [key: string]: unknown };
interface Reader {
  bytes: Buffer;
  at: number;
  names: Map<string, Schema>;
}

/** Decoders by topic name, from the folder that holds the document; `topics` says which file describes each. */
export function decodersOf(contracts: string): Map<string, (value: Buffer) => unknown> {
  const { channels, components } = parse(readFileSync(join(contracts, 'topics.yaml'), 'utf8')) as {
    channels: Record<string, { address: string; messages: { event?: { $ref: string } } }>;
    components: { messages: Record<string, { payload: { schema: { $ref: string } } }> };
  };
  const decoders = new Map<string, (value: Buffer) => unknown>();
  for (const { address, messages } of Object.values(channels)) {
    if (!messages.event) continue;
    const name = messages.event.$ref.slice('#/components/messages/'.length);
    const schemas = versionsOf(join(contracts, components.messages[name]!.payload.schema.$ref));
    decoders.set(address, (value) => {
      if (value.readUInt16BE(0) !== 0xc301) throw new Error('no single-object encoding');
      const schema = schemas.get(value.readBigUInt64LE(2));
      if (schema === undefined) throw new Error(`written with another schema than ${name}`);
      const reader: Reader = { bytes: value, at: 10, names: new Map() };
      const decoded = read(schema, '', reader);
      if (reader.at !== value.length) throw new Error('bytes are left over');
      return decoded;
    });
  }
  return decoders;
}

/** A schema and the versions before it, which lie beside it, by fingerprint. */
function versionsOf(newest: string): Map<bigint, Schema> {
  const family = basename(newest).replace(/\d+\.avsc$/, '');
  const files = readdirSync(dirname(newest)).filter((file) => file.startsWith(family) && file.endsWith('.avsc'));
  const schemas = files.map((file) => JSON.parse(readFileSync(join(dirname(newest), file), 'utf8')) as Schema);
  return new Map(schemas.map((schema) => [rabin(Buffer.from(canonical(schema, ''))), schema]));
}

/** CRC-64-AVRO, bit by bit (Avro 1.12, "Schema Fingerprints"). */
function rabin(bytes: Buffer): bigint {
  const empty = 0xc15d213aa4d7a795n;
  let value = empty;
  for (const byte of bytes) {
    let low = (value ^ BigInt(byte)) & 0xffn;
    for (let bit = 0; bit < 8; bit++) low = low & 1n ? (low >> 1n) ^ empty : low >> 1n;
    value = (value >> 8n) ^ low;
  }
  return value;
}

const primitives = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'];
const full = (name: string, space: string): string => (name.includes('.') || space === '' ? name : `${space}.${name}`);
const spaceOf = (name: string): string => name.slice(0, Math.max(0, name.lastIndexOf('.')));

/** Parsing Canonical Form (Avro 1.12): the order of keys is name, type, fields, symbols, items, values, size. */
function canonical(schema: Schema, space: string): string {
  if (typeof schema === 'string') return JSON.stringify(primitives.includes(schema) ? schema : full(schema, space));
  if (Array.isArray(schema)) return `[${schema.map((one) => canonical(one, space)).join()}]`;
  const { type } = schema;
  if (typeof type !== 'string') return canonical(type, space);
  if (primitives.includes(type)) return JSON.stringify(type);
  const parts: string[] = [];
  let inner = space;
  if (schema['name'] !== undefined) {
    const name = full(schema['name'] as string, (schema['namespace'] as string | undefined) ?? space);
    inner = spaceOf(name);
    parts.push(`"name":${JSON.stringify(name)}`);
  }
  parts.push(`"type":"${type}"`);
  if (type === 'record') {
    const fields = schema['fields'] as { name: string; type: Schema }[];
    parts.push(`"fields":[${fields.map((field) => `{"name":"${field.name}","type":${canonical(field.type, inner)}}`).join()}]`);
  }
  if (type === 'enum') parts.push(`"symbols":${JSON.stringify(schema['symbols'])}`);
  if (type === 'array') parts.push(`"items":${canonical(schema['items'] as Schema, space)}`);
  if (type === 'map') parts.push(`"values":${canonical(schema['values'] as Schema, space)}`);
  if (type === 'fixed') parts.push(`"size":${schema['size'] as number}`);
  return `{${parts.join()}}`;
}

function long(reader: Reader): number {
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    const byte = reader.bytes.readUInt8(reader.at++);
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  return Number((value >> 1n) ^ -(value & 1n));
}

function take(reader: Reader, count: number): Buffer {
  if (count < 0 || reader.at + count > reader.bytes.length) throw new Error('the bytes end too early');
  reader.at += count;
  return reader.bytes.subarray(reader.at - count, reader.at);
}

/** Blocks of an array or a map: a count, negative with the block's size behind it, until a count of 0. */
function blocks(reader: Reader, one: () => void): void {
  for (let count = long(reader); count !== 0; count = long(reader)) {
    if (count < 0) long(reader);
    for (let i = 0; i < Math.abs(count); i++) one();
  }
}

function read(schema: Schema, space: string, reader: Reader): unknown {
  if (Array.isArray(schema)) return read(schema[long(reader)]!, space, reader);
  if (typeof schema !== 'string') {
    const { type } = schema;
    if (schema['name'] !== undefined) {
      const name = full(schema['name'] as string, (schema['namespace'] as string | undefined) ?? space);
      reader.names.set(name, { ...schema, name });
      space = spaceOf(name);
    }
    switch (type) {
      case 'record': {
        const fields = schema['fields'] as { name: string; type: Schema }[];
        return Object.fromEntries(fields.map((field) => [field.name, read(field.type, space, reader)]));
      }
      case 'enum':
        return (schema['symbols'] as string[])[long(reader)];
      case 'array': {
        const items: unknown[] = [];
        blocks(reader, () => items.push(read(schema['items'] as Schema, space, reader)));
        return items;
      }
      case 'map': {
        const entries: [string, unknown][] = [];
        blocks(reader, () => entries.push([take(reader, long(reader)).toString(), read(schema['values'] as Schema, space, reader)]));
        return Object.fromEntries(entries);
      }
      case 'fixed':
        return take(reader, schema['size'] as number);
      default:
        return read(type, space, reader);
    }
  }
  switch (schema) {
    case 'null':
      return null;
    case 'boolean':
      return take(reader, 1)[0] === 1;
    case 'int':
    case 'long':
      return long(reader);
    case 'float':
      return take(reader, 4).readFloatLE();
    case 'double':
      return take(reader, 8).readDoubleLE();
    case 'bytes':
      return take(reader, long(reader));
    case 'string':
      return take(reader, long(reader)).toString();
    default: {
      const named = reader.names.get(full(schema, space));
      if (named === undefined) throw new Error(`no schema is named ${schema}`);
      return read(named, space, reader);
    }
  }
}
