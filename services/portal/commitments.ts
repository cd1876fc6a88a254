// Promises over the portal API (容缺受理): a package taken on a promise, and a promise taken back.
import type { Operations } from '../ports/http.ts';
import type { Promises } from '../ports/promises.ts';

/** The handlers by operationId. What is answered is in the store. */
export function commitmentOperations(promises: Promises): Operations {
  return {
    async promiseItems({ params, body, consumer }) {
      const { items, deadline, basis } = body as { items: string[]; deadline: string; basis: string };
      const taken = await promises.promise(params['id']!, { items, deadline, basis }, consumer.id);
      return { status: taken.recorded ? 201 : 200, body: taken };
    },
    async withdrawPromise({ params, body, consumer }) {
      const { event, basis } = body as { event: string; basis: string };
      return { status: 200, body: await promises.withdraw(params['id']!, { event: event.toLowerCase(), basis }, consumer.id) };
    },
  };
}
