import { describe, expect, it } from 'vitest';
import { type PageReason, sayPage } from '../../domain/page.ts';

describe('a page', () => {
  it.each<[PageReason, string]>([
    [{ kind: 'contained-by-policy' }, 'is being closed by policy'],
    [{ kind: 'confirm-containment' }, 'nobody has said that it stays so'],
    [{ kind: 'decide-containment' }, 'a plan waits for a decision'],
    [{ kind: 'block-by-hand' }, 'block sign-in and revoke sessions by hand'],
    [{ kind: 'report-after-release' }, 'released as a false alarm'],
    [{ kind: 'report-under-release' }, 'decline the release'],
    [{ kind: 'approver-locked-out' }, 'three wrong plan codes'],
    [{ kind: 'another-report', because: 'protected-account' }, 'A protected account is never closed by a machine.'],
    [{ kind: 'plan-unanswered', group: 'clean-up' }, 'The plan of the clean-up waits for an answer'],
    [{ kind: 'release-not-made', because: 'logs-forbid' }, 'the logs are not complete yet'],
    [
      { kind: 'held', reasons: [{ kind: 'still-open' }, { kind: 'unreadable' }], endsWith: 'look' },
      'The account is still open. The account could not be read',
    ],
    [{ kind: 'held', reasons: [{ kind: 'declined-too-late' }], endsWith: 'person' }, 'The case goes on when somebody says go on.'],
  ])('says %o in words, and is kept as a code', (reason, words) => {
    expect(sayPage(reason)).toContain(words);
    expect(JSON.stringify(reason)).not.toMatch(/ /);
  });

  it('of a hold that a look ends does not ask for a word', () => {
    expect(sayPage({ kind: 'held', reasons: [{ kind: 'still-open' }], endsWith: 'look' })).not.toContain('goes on when');
  });
});
