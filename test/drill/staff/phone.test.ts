import { expect, it } from 'vitest';
import { openRobotJournal } from '../../../drill/robot-journal.ts';
import { openPhones } from '../../../drill/staff/phone.ts';

it('owners answer as the scenario says, keep their last answer, and deny when it says nothing', () => {
  const journal = openRobotJournal(() => 0);
  const answer = openPhones({ ana: ['deny', 'ignore', 'approve'] }, journal);
  expect(Array.from({ length: 5 }, () => answer('ana'))).toEqual(['deny', 'ignore', 'approve', 'approve', 'approve']);
  expect(answer('bram')).toBe('deny');
  expect(journal.records()).toHaveLength(6);
});
