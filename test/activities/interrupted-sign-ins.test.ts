// A sign-in that passed a factor and was then interrupted, as the practice tenant logs it.
import { describe, expect, it } from 'vitest';
import { type LogsResult, readLogs } from '../../activities/check-logs.ts';
import type { CaseId } from '../../domain/ids.ts';
import type { StopsAt } from '../../drill/microsoft/people-client.ts';
import { ATTACKER, closed, HOME, harness, somebody } from './planned-fixtures.ts';

/** The attacker denies themselves nothing: one prompt is denied, the next attempt goes as far as said. */
async function attack(key: string, stopsAt: StopsAt): Promise<void> {
  const { upn, password } = harness.tenant.company.people.find((person) => person.key === key) ?? { upn: '', password: '' };
  const from = { ip: ATTACKER, city: 'Lagos', country: 'NG', asn: 64_511, app: 'Browser', cae: false };
  const who = { holder: 'attacker', from } as const;
  const denied = await harness.hands.signIn({ upn, password, ...who });
  for (const { id } of await harness.hands.prompts(key)) await harness.hands.denyPrompt(id);
  await harness.hands.untilDecided(denied, who);
  const next = await harness.hands.signIn({ upn, password, ...who, stopsAt });
  if (next.kind === 'waiting') for (const { id } of await harness.hands.prompts(key)) await harness.hands.approvePrompt(id);
  expect((await harness.hands.untilDecided(next, who)).kind).toBe('refused');
}

const ask = (about: CaseId, key: string): Promise<LogsResult> =>
  readLogs(harness.tools, { caseId: about, subject: harness.id(key), round: 1, notes: [], lastTry: true });

describe('a report of a denied prompt', () => {
  it.each([
    ['keep-me-signed-in', { supports: true }],
    ['second-factor', { supports: false, readable: false }],
  ] as const)('is not called a false alarm when an attempt stopped at %s', async (stopsAt, read) => {
    const key = somebody();
    await attack(key, stopsAt);
    const about = await closed(key, 'denied-or-ignored');
    expect(await ask(about, key)).toMatchObject(read);
    expect(await harness.plan(about, key, 'release')).toEqual({ kind: 'refused', because: 'logs-forbid' });
  });

  it('is called one when only the owner was interrupted, where they always sign in', async () => {
    const key = somebody();
    const { reader } = harness.tools;
    const row = (daysAgo: number, errorCode: number) => ({
      at: new Date(Date.now() - daysAgo * 24 * 60 * 60_000).toISOString(),
      errorCode,
      correlationId: null,
      address: HOME,
    });
    const signInsSince = async () => ({ value: [row(3, 0), row(0.1, 50_140), row(0.1, 50_074)], answers: [] });
    const about = await closed(key, 'denied-or-ignored');
    const run = { caseId: about, subject: harness.id(key), round: 1, notes: [], lastTry: true };
    expect(await readLogs({ ...harness.tools, reader: { ...reader, signInsSince } }, run)).toMatchObject({
      supports: false,
      readable: true,
    });
  });
});
