// Avro single-object encoding (C3 01, 8-byte CRC-64-AVRO fingerprint little-endian, body) over the files in `schemas/`.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import avro from 'avsc';
import { HubError } from '../../domain/errors.ts';
import { boundArrays } from './bounded-arrays.ts';
import { createCheck } from './check-bytes.ts';
import { canonicalForm, crc64Avro } from './fingerprint.ts';
import type { Family } from '../../domain/events.ts';
import type { EventCodec } from '../../ports/event-codec.ts';

interface LoadedSchema {
  file: string;
  header: Buffer;
  type: avro.Type;
  /** Whether the bytes behind the header are one whole value. */
  fits(bytes: Uint8Array, from: number): boolean;
  fields: string[];
  /** Fields of the newest version that this one cannot say. */
  lacks: string[];
}

/**
 * Loads every `<family>.v<N>.avsc` of a folder; all are read. A fact is written with the oldest version that says all of it:
 * one that uses nothing new keeps its bytes, and with them its id, so that what was imported before is known again.
 */
export function openAvroCodec(folder: string): EventCodec {
  boundArrays();
  /** Versions, the oldest first. */
  const byFamily = new Map<string, LoadedSchema[]>();
  const byFingerprint = new Map<string, LoadedSchema>();
  for (const { family, file } of schemaFiles(folder)) {
    const loaded = loadSchema(folder, file);
    byFamily.set(family, [...(byFamily.get(family) ?? []), loaded]);
    byFingerprint.set(loaded.header.toString('latin1'), loaded);
  }
  for (const versions of byFamily.values())
    for (const version of versions) version.lacks = versions.at(-1)!.fields.filter((field) => !version.fields.includes(field));
  let scratch = Buffer.allocUnsafe(64 * 1024);

  const newestOf = (family: Family): LoadedSchema => {
    const schema = byFamily.get(family)?.at(-1);
    if (!schema) throw new HubError('CONTRACT_INVALID', `schemas/ holds no schema for ${family}`);
    return schema;
  };
  const writerOf = (family: Family, fact: object): LoadedSchema => {
    const stated = (field: string): boolean => ((fact as Record<string, unknown>)[field] ?? null) !== null;
    // The newest lacks nothing.
    return byFamily.get(family)?.find(({ lacks }) => !lacks.some(stated)) ?? newestOf(family);
  };
  /** Events come by topic: most name the schema that the one before named. */
  let latest: LoadedSchema | undefined;
  const readerOf = (data: Uint8Array): LoadedSchema => {
    if (latest !== undefined && startsWith(data, latest.header)) return latest;
    const schema = byFingerprint.get(Buffer.from(data.buffer, data.byteOffset, Math.min(10, data.byteLength)).toString('latin1'));
    if (!schema) throw new HubError('STORE_CORRUPT', 'an event names a schema that schemas/ does not hold');
    return (latest = schema);
  };

  return {
    encode(family, fact) {
      const { header, type } = writerOf(family, fact);
      try {
        let end = type.encode(fact, scratch, 10);
        if (end < 0) {
          // A negative answer says how many bytes were missing.
          scratch = Buffer.allocUnsafe(2 * (scratch.length - end));
          end = type.encode(fact, scratch, 10);
        }
        header.copy(scratch);
        return Buffer.from(scratch.subarray(0, end));
      } catch (cause) {
        throw new HubError('CONTRACT_INVALID', `a ${family} fact does not fit its schema: ${invalidPath(type, fact)}`, { cause });
      }
    },
    decode(data) {
      const { type, file } = readerOf(data);
      const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
      const decoded = decodeWith(type, bytes);
      if (decoded?.offset !== bytes.length) throw new HubError('STORE_CORRUPT', `an event's bytes do not fit ${file}`);
      return decoded.value as object;
    },
    check(data) {
      const { fits, file } = readerOf(data);
      if (!fits(data, 10)) throw new HubError('STORE_CORRUPT', `an event's bytes do not fit ${file}`);
    },
    schemaOf: (data) => readerOf(data).file,
    fields: (family) => newestOf(family).fields,
  };
}

function startsWith(bytes: Uint8Array, header: Uint8Array): boolean {
  for (let i = 0; i < header.length; i++) if (bytes[i] !== header[i]) return false;
  return true;
}

/** What avsc makes of the body, or undefined where it can make nothing of it. */
function decodeWith(type: avro.Type, bytes: Buffer): { value: unknown; offset: number } | undefined {
  try {
    return type.decode(bytes, 10);
  } catch {
    return undefined;
  }
}

function schemaFiles(folder: string): { family: string; file: string }[] {
  return readdirSync(folder)
    .flatMap((name) => {
      const match = /^(.+)\.v(\d+)\.avsc$/.exec(name);
      return match ? [{ family: match[1]!, version: Number(match[2]), file: name.slice(0, -'.avsc'.length) }] : [];
    })
    .sort((a, b) => a.version - b.version);
}

function loadSchema(folder: string, file: string): LoadedSchema {
  const schema = JSON.parse(readFileSync(join(folder, `${file}.avsc`), 'utf8')) as { fields: { name: string }[] };
  const header = Buffer.alloc(10);
  header.writeUInt16BE(0xc301, 0);
  header.writeBigUInt64LE(crc64Avro(Buffer.from(canonicalForm(schema))), 2);
  return {
    file,
    header,
    type: avro.Type.forSchema(schema as unknown as avro.Schema, { wrapUnions: false }),
    fits: createCheck(schema),
    fields: schema.fields.map((field) => field.name),
    lacks: [],
  };
}

/** Which fields do not fit: names only, since values may be personal. */
function invalidPath(type: avro.Type, fact: object): string {
  const paths: string[] = [];
  type.isValid(fact, { errorHook: (path) => void paths.push(path.join('.')) });
  return paths.join(', ') || 'unknown field';
}
