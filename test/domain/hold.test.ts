import { describe, expect, it } from 'vitest';
import { FAILURES, type FailureCode } from '../../domain/errors.ts';
import { type Held, type HoldReason, hasReason, holdAfter, holdReasonText } from '../../domain/hold.ts';
import { objectId } from '../../domain/ids.ts';
import { STEP_NAMES } from '../../domain/step.ts';

const KIM = objectId('11111111-aaaa-4aaa-8aaa-000000000001');
const found = (...kinds: ('unreadable' | 'still-open')[]): Held => ({
  reasons: kinds.map((kind) => ({ kind })),
  by: null,
  endsWith: 'recheck',
});
const byKim: Held = { reasons: [{ kind: 'by-hand' }], by: KIM, endsWith: 'person' };

describe('a hold', () => {
  it('that a recheck may end has the reasons of the newest recheck', () => {
    expect(holdAfter(found('unreadable'), found('still-open'))).toEqual(found('still-open'));
    expect(holdAfter(found('unreadable'), byKim)).toEqual(byKim);
  });

  it('of a person stays theirs, whatever a recheck finds: only its reasons grow, each once', () => {
    const later = holdAfter(holdAfter(byKim, found('unreadable')), found('unreadable', 'still-open'));
    expect(later).toEqual({ reasons: [{ kind: 'by-hand' }, { kind: 'unreadable' }, { kind: 'still-open' }], by: KIM, endsWith: 'person' });
    expect(hasReason(later, { kind: 'unreadable' })).toBe(true);
    expect(hasReason(later, { kind: 'activity-after' })).toBe(false);
  });
});

describe('the reason of a hold is a sentence with the next move:', () => {
  const codes = Object.keys(FAILURES) as FailureCode[];

  it.each(STEP_NAMES)('%s failed', (step) => {
    for (const code of codes) {
      const said = holdReasonText({ kind: 'step-failed', step, code });
      expect(said).toMatch(/^[A-Z][a-z -]+: failed, because .+(by hand: .+|resume the case\.|when the case is resumed\.)$/);
      expect(said).toContain(code);
    }
  });

  it.each<[HoldReason, string]>([
    [{ kind: 'no-plan', because: 'logs-forbid' }, 'No plan could be made: the logs are not complete yet'],
    [
      { kind: 'no-plan', because: 'GRAPH_UNAVAILABLE' },
      'No plan could be made: Microsoft did not answer for too long (GRAPH_UNAVAILABLE).',
    ],
    [{ kind: 'left-to-people', because: 'protected-account' }, 'A protected account is never'],
  ])('%j', (reason, words) => {
    expect(holdReasonText(reason)).toContain(words);
  });
});
