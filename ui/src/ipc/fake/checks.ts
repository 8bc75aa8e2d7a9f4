/** What the fake's account check finds: something of each outcome. */
import type { Check } from '../contract';
import { failure } from './world';

const good = { outcome: 'good', fixer: null, value: null, failure: null } as const;

export const CHECKS: Check[] = [
  { ...good, checked: 'signIn' },
  { ...good, checked: 'roundTrip', value: 34 },
  { ...good, checked: 'resuming' },
  { ...good, checked: 'archive', outcome: 'off', fixer: 'you' },
  { ...good, checked: 'carbons' },
  {
    ...good,
    checked: 'upload',
    outcome: 'failed',
    fixer: 'operator',
    failure: failure('refused', { condition: 'resource-constraint', message: 'the quota is used up' }),
  },
  { ...good, checked: 'relay', outcome: 'lacking', fixer: 'operator' },
];
