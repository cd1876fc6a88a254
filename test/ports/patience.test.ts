// Work that may take only so long is told so, also when nothing else holds on to the time.
import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { tookTooLong, withPatience } from '../../services/ports/patience.ts';

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('of the work'))));

describe('withPatience', () => {
  it('tells a TimeoutError for work that takes longer, and passes on an answer or a failure that comes in time', async () => {
    await assert.rejects(withPatience(1, aborted), tookTooLong);
    assert.equal(await withPatience(60_000, async () => 7), 7);
    await assert.rejects(
      withPatience(60_000, async () => assert.fail('of the work')),
      { message: 'of the work' },
    );
  });

  it('stops with the signal around it, before and during, and that is no lack of time', async () => {
    const outer = new AbortController();
    const during = withPatience(60_000, aborted, outer.signal);
    outer.abort();
    await assert.rejects(during, { message: 'of the work' });
    await withPatience(60_000, async (signal) => assert.ok(signal.aborted), outer.signal);
  });

  it('is not forgotten when memory is collected', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const outer = new AbortController();
    const waiting = withPatience(50, aborted, outer.signal);
    collect();
    await assert.rejects(waiting, tookTooLong);
  });
});
