import { expect, it } from 'vitest';
import { openActorLog } from '../../../drill/run/actor-log.ts';
import { openMfaResponder } from '../../../drill/staff/mfa-responder.ts';

it('owners answer as the scenario says, keep their last answer, and deny when it says nothing', () => {
  const journal = openActorLog(() => 0);
  const answer = openMfaResponder({ ana: ['deny', 'ignore', 'approve'] }, journal);
  expect(Array.from({ length: 5 }, () => answer('ana'))).toEqual(['deny', 'ignore', 'approve', 'approve', 'approve']);
  expect(answer('bram')).toBe('deny');
  expect(journal.records()).toHaveLength(6);
});
