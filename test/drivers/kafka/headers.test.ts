// An event as a Kafka message and back.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { families } from '../../../services/domain/events.ts';
import { fromMessage, toMessage } from '../../../services/drivers/kafka/headers.ts';
import { plain, smallEvent } from '../../support/events.ts';
import { codec } from '../../support/project.ts';
import type { HubEvent } from '../../../services/domain/events.ts';
import type { IncomingMessage } from '../../../services/drivers/kafka/headers.ts';

/** What arrives of what was sent: texts as bytes. */
function arrived(event: HubEvent): Required<IncomingMessage> {
  const { key, value, headers } = toMessage(event, 'topic', codec.schemaOf);
  return {
    key: Buffer.from(key),
    value,
    headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text as string)])),
  };
}

const text = fc.string({ unit: 'binary', maxLength: 40 });
const events = fc
  .record({
    family: fc.constantFrom(...families),
    change: fc.stringMatching(/^[a-z-]{1,12}$/),
    source: fc.stringMatching(/^[a-z-]{1,20}$/),
    subject: text,
    time: fc.date({ noInvalidDate: true }).map((date) => date.getTime()),
    sequence: fc.option(fc.maxSafeInteger()),
    contract: text,
    evidence: text,
    traceparent: fc.option(text),
  })
  .map(({ family, change, ...rest }) => smallEvent(1, { type: `${family}.${change}`, ...rest }));

describe('an event as a Kafka message', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(events, (event) => {
        const back = fromMessage(arrived(event));
        assert.ok(typeof back !== 'string', JSON.stringify(back));
        assert.deepEqual(plain([back]), plain([event]));
      }),
      { numRuns: 500 },
    );
  });

  it('is named as the audit API names it', () => {
    const { key, headers } = toMessage(smallEvent(3), 'topic', codec.schemaOf);
    assert.equal(key, 'p-3');
    assert.deepEqual(headers, {
      'content-type': 'application/avro',
      ce_specversion: '1.0',
      ce_id: smallEvent(3).id,
      ce_source: '/sources/hub',
      ce_type: 'hub.erasure.erased.v1',
      ce_subject: 'p-3',
      ce_time: '2023-11-14T22:13:23.000Z',
      ce_dataschema: '/schemas/erasure.v1.avsc',
      ce_contract: 'hub@1',
      ce_evidence: 'none',
      ce_sequence: '3',
    });
  });

  const broken: Record<string, (message: Required<IncomingMessage>) => void> = {
    'no value': (message) => (message.value = null),
    'no headers': (message) => (message.headers = {}),
    'a header twice': ({ headers }) => (headers['ce_id'] = [Buffer.from('a'), Buffer.from('b')]),
    'another version of CloudEvents': ({ headers }) => (headers['ce_specversion'] = Buffer.from('0.3')),
    'an id that is no UUID': ({ headers }) => (headers['ce_id'] = Buffer.from('1')),
    'a source that is not ours': ({ headers }) => (headers['ce_source'] = Buffer.from('https://example.org')),
    'a type that is not ours': ({ headers }) => (headers['ce_type'] = Buffer.from('com.example.thing')),
    'a family that is not ours': ({ headers }) => (headers['ce_type'] = Buffer.from('hub.tax-return.filed.v1')),
    'a time that is none': ({ headers }) => (headers['ce_time'] = Buffer.from('yesterday')),
    'a sequence that is no number': ({ headers }) => (headers['ce_sequence'] = Buffer.from('first')),
  };
  for (const [what, breaks] of Object.entries(broken))
    it(`is refused with ${what}, quoting nothing of it`, () => {
      const message = arrived(smallEvent(1, { subject: 'canary 13812345678' }));
      breaks(message);
      const refusal = fromMessage(message);
      assert.equal(typeof refusal, 'string');
      assert.doesNotMatch(refusal as string, /canary|138|yesterday|first|example|tax/);
    });
});
