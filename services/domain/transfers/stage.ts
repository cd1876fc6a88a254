// How far a joint transfer request has come, in one word for queues and lists.
import { utilityStateTitles } from './life.ts';
import type { Bilingual } from '../source-contract.ts';
import type { TransferConsent } from './consent.ts';
import type { Next, UtilityLife, UtilityState } from './life.ts';

/** What a utility's state is called is what the stage is called that it makes. */
const { none: _none, ...atUtilities } = utilityStateTitles;

export const stageTitles = {
  prepared: { zh: '已备妥', en: 'prepared' },
  'consent-asked': { zh: '已征询同意', en: 'consent asked' },
  declined: { zh: '未获同意', en: 'declined' },
  consented: { zh: '已同意', en: 'consented' },
  checked: { zh: '已核验', en: 'checked' },
  ...atUtilities,
} as const satisfies Record<string, Bilingual>;
export type Stage = keyof typeof stageTitles;

/** Where utilities differ, what at any of them most needs somebody's attention. */
const mostPressing = ['given-up', 'returned', 'unknown', 'cancelling', 'submitting', 'accepted'] as const satisfies readonly UtilityState[];

/**
 * What is under way anywhere comes first; over it is when the electricity account is settled, which a request is about.
 * `over`: the account is the buyer's already, or the title is not the buyer's any more.
 */
export function stageOf(
  utilities: readonly (Pick<UtilityLife, 'utility' | 'state'> & { next: Next | null })[],
  consent: TransferConsent['state'],
  over: 'completed' | 'cancelled' | null,
): Stage {
  const pressing = mostPressing.find((state) => utilities.some((one) => one.state === state));
  if (pressing) return pressing;
  const electricity = utilities.find(({ utility }) => utility === 'electricity');
  if (electricity?.next === 'submit') return 'checked';
  if (electricity?.state === 'completed' || electricity?.state === 'cancelled') return electricity.state;
  if (over) return over;
  switch (consent) {
    case 'given':
      return 'consented';
    case 'declined':
    case 'revoked':
      return 'declined';
    case 'asked':
      return 'consent-asked';
    case 'missing':
    case 'expired':
      return 'prepared';
  }
}
