// Consents (授权) and chosen accounts over the portal API.
import { HubError } from '../domain/errors.ts';
import { dateAt, formatInstant } from '../domain/time.ts';
import { consentOf, consentStateTitles } from '../domain/transfers/consent.ts';
import { pageOfRows } from '../ports/paging.ts';
import type { Ledger } from '../domain/ledger.ts';
import type { Authorisation } from '../domain/own-facts.ts';
import type { ChoiceWish, ConsentWish } from '../domain/transfers/decisions.ts';
import type { Operations } from '../ports/http.ts';
import type { TransferDecisions } from '../ports/transfer-decisions.ts';
import type { ViewReader, ViewRow } from '../ports/view-store.ts';

interface DecisionPorts {
  views: Pick<ViewReader, 'find'>;
  transfers: TransferDecisions;
  /** Milliseconds since the epoch. */
  now: () => number;
}

/** The handlers of what people decide about transfers, by operationId. */
export function decisionOperations({ views, transfers, now }: DecisionPorts): Operations {
  return {
    async grantConsent({ body, consumer }) {
      const {
        grantor,
        scope,
        object,
        basis,
        utilities = [],
        validUntil = null,
      } = body as Pick<ConsentWish, 'grantor' | 'scope' | 'object' | 'basis'> & Partial<ConsentWish>;
      const { id, event } = await transfers.grant({ grantor, scope, object, utilities, validUntil, basis }, consumer.id);
      return { status: 201, body: { id, event } };
    },
    async revokeConsent({ params, body, consumer }) {
      const { id, event } = await transfers.revoke(params['id']!, (body as { basis: string }).basis, consumer.id);
      return { status: 201, body: { id, event } };
    },
    async listConsents({ query }) {
      const { grantor, object, after, limit } = query as { grantor?: string; object?: string; after?: string; limit: number };
      const tags = [...(object === undefined ? [] : [`object:${object}`]), ...(grantor === undefined ? [] : [`grantor:${grantor}`])];
      const [tag, ...rest] = tags;
      if (tag === undefined) throw new HubError('USAGE', 'name a `grantor`, an `object`, or both 请指明授权人、授权对象或二者');
      const found = await pageOfRows((page) => views.find(tag, { view: 'consent', ...page }), rest, { after, limit });
      return { status: 200, body: { items: found.items.map((row) => presentConsent(row, dateAt(now()))), next: found.next } };
    },
    async chooseAccount({ params, body, consumer }) {
      const { consumerNo, reason, by } = body as ChoiceWish;
      const { event } = await transfers.choose(params['id']!, { consumerNo, reason, by: `${by} (${consumer.id})` });
      return { status: 201, body: { event } };
    },
  };
}

function presentConsent(row: ViewRow, date: string): object {
  const { time, ...consent } = consentOf(JSON.parse(row.body) as Ledger<Authorisation>, date);
  return { ...consent, stateTitle: consentStateTitles[consent.state], at: formatInstant(time) };
}
