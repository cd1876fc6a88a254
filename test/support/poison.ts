// Events that no fold can apply: bytes of every broken kind, and a fold that fails on marked facts.
import { deriveEventId, familyOf } from '../../services/domain/events.ts';
import { codec, rules } from './project.ts';
import type { Family, HubEvent } from '../../services/domain/events.ts';
import type { FoldPorts } from '../../services/projector/fold.ts';

const flipped = (data: Uint8Array, at: number): Uint8Array => {
  const bytes = Buffer.from(data);
  bytes[at]! ^= 0xff;
  return bytes;
};

/** What may have become of an event's bytes, by name. */
export const brokenBytes: Readonly<Record<string, (data: Uint8Array, family: Family) => Uint8Array>> = {
  'a bad magic byte': (data) => flipped(data, 0),
  'a schema that nobody knows': (data) => flipped(data, 5),
  'an end in the middle': (data) => Buffer.from(data.subarray(0, data.length - 3)),
  'a header alone': (data) => Buffer.from(data.subarray(0, 10)),
  'more than the schema has': (data) => Buffer.concat([data, Buffer.from([1, 2, 3])]),
  'nothing at all': () => Buffer.alloc(0),
  'text in place of Avro': () => Buffer.from('{"change":"registered","record":"1","share":NaN}'),
  'a list said to be longer than memory': (data) =>
    Buffer.concat([data.subarray(0, 10), Buffer.from([0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f])]),
  'the bytes of another family': (_, family) =>
    family === 'erasure'
      ? codec.encode('contact', { change: 'polled', record: 'r', cursor: null, received: 0, published: 0, quarantined: 0 })
      : codec.encode('erasure', { change: 'erased', record: 'p', person: 'p', basis: null }),
};

/** A further event of the same stream whose bytes are broken. */
export function poisonAfter(event: HubEvent, kind: string, number = 0): HubEvent {
  const data = brokenBytes[kind]!(event.data, familyOf(event.type));
  return { ...event, id: deriveEventId(event.time, event.source, `poison-${kind}-${event.subject}`, number, data), data };
}

const mark = 'trap-';

/** A further event of the same stream, well-formed, that {@link trap} makes the fold fail on. Of a family that is judged by itself. */
export function trapAfter(event: HubEvent, number = 0): HubEvent {
  const data = codec.encode(familyOf(event.type), { ...codec.decode(event.data), record: `${mark}${number}` });
  return { ...event, id: deriveEventId(event.time, event.source, `${mark}${event.subject}`, number, data), data };
}

/** Codec and rules of a fold that fails on marked facts half-way: their rows are replaced, and then judging throws. */
export function trap(): Pick<FoldPorts, 'codec' | 'rules'> {
  let sprung = false;
  const [first, ...others] = rules.packages;
  const packages = [
    {
      ...first!,
      get target() {
        if (!sprung) return first!.target;
        sprung = false;
        throw new TypeError('a defect that nobody foresaw');
      },
    },
    ...others,
  ];
  const decode = (data: Uint8Array): object => {
    const fact = codec.decode(data) as { record: string; warnings: unknown };
    if (!fact.record.startsWith(mark)) return fact;
    const { warnings } = fact;
    // Read once, when the fold takes the fact apart to keep it.
    const get = (): unknown => {
      sprung = true;
      return warnings;
    };
    return Object.defineProperty({ ...fact }, 'warnings', { get, enumerable: true });
  };
  return { codec: { ...codec, decode }, rules: { ...rules, packages } };
}
