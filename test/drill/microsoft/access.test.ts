import { afterEach, describe, expect, it } from 'vitest';
import { ABROAD, aadsts, block, breakIn, readMail, refresh, revoke } from './people.ts';
import { IDS, PASSWORDS, type Practice, practiceTenant } from './practice.ts';

let practice: Practice;
afterEach(() => practice.stop());

// An hour is 360 ms: only for what may be over as soon as it likes.
const FAST = 10_000;
const CAE = { ...ABROAD, cae: true };
const usable = () => practice.tenant.truth.access('ana').some((each) => each.usableNow);

describe('an access token', () => {
  it('stops working when its time is over, and a refresh brings a new one', async () => {
    practice = await practiceTenant({ timeScale: 3000 });
    const tokens = await breakIn(practice, 'ana', PASSWORDS.ana);
    expect((await readMail(practice, tokens)).status).toBe(200);

    await expect.poll(async () => (await readMail(practice, tokens)).status).toBe(401);

    const renewed = await refresh(practice, tokens);
    expect(renewed.status).toBe(200);
    expect((await readMail(practice, { access: String(renewed.body['access_token']) })).status).toBe(200);
  });

  it('lives on after a block where the client cannot be told, until its time is over', async () => {
    practice = await practiceTenant({ timeScale: 2000 });
    const tokens = await breakIn(practice, 'ana', PASSWORDS.ana);
    await block(practice, IDS.ana);
    await revoke(practice, IDS.ana);

    expect((await readMail(practice, tokens)).status).toBe(200);
    const [session] = practice.tenant.truth.access('ana');
    expect(session).toMatchObject({ usableNow: true });
    const end = Date.parse(session?.usableUntil ?? '');

    await expect.poll(async () => (await readMail(practice, tokens)).status).toBe(401);
    expect(Date.now()).toBeGreaterThanOrEqual(end);
    expect(Date.now() - end).toBeLessThan(1000);
    expect(usable()).toBe(false);
  });

  it.each(['block', 'revoke'] as const)(
    'is cut soon after a %s where the client can be told, long before its time is over',
    async (act) => {
      // A day is 8.6 s and a quarter of an hour 90 ms.
      practice = await practiceTenant({ timeScale: FAST });
      const tokens = await breakIn(practice, 'ana', PASSWORDS.ana, CAE);
      await (act === 'block' ? block : revoke)(practice, IDS.ana);
      const actedAt = Date.now();

      await expect.poll(async () => (await readMail(practice, tokens)).status, { interval: 5 }).toBe(401);

      expect(Date.now() - actedAt).toBeLessThan(5000);
      const cut = await readMail(practice, tokens);
      expect(cut.headers['www-authenticate']).toContain('insufficient_claims');
    },
  );
});

describe('a refresh token', () => {
  it('is refused at once when the account is blocked', async () => {
    practice = await practiceTenant();
    const tokens = await breakIn(practice, 'ana', PASSWORDS.ana);
    await block(practice, IDS.ana);

    const answer = await refresh(practice, tokens);

    expect(answer.status).toBe(400);
    expect(answer.body['error']).toBe('invalid_grant');
    expect(aadsts(answer)).toBe(50_057);
  });

  it('is refused some minutes after a revocation, not at once', async () => {
    // Half a minute to five minutes are 0.4 to 4 s.
    practice = await practiceTenant({ timeScale: 75 });
    const tokens = await breakIn(practice, 'ana', PASSWORDS.ana);
    await revoke(practice, IDS.ana);

    expect((await refresh(practice, tokens)).status).toBe(200);
    await expect.poll(async () => aadsts(await refresh(practice, tokens)), { interval: 20 }).toBe(50_173);
  });

  it('of a session that began after the revocation is as good as any', async () => {
    practice = await practiceTenant({ timeScale: FAST });
    const before = await breakIn(practice, 'ana', PASSWORDS.ana);
    await revoke(practice, IDS.ana);
    await expect.poll(async () => aadsts(await refresh(practice, before))).toBe(50_173);
    const after = await breakIn(practice, 'ana', PASSWORDS.ana);

    expect((await refresh(practice, after)).status).toBe(200);
    expect(aadsts(await refresh(practice, before))).toBe(50_173);
  });

  it('works again when only a block was taken back', async () => {
    practice = await practiceTenant();
    const tokens = await breakIn(practice, 'ana', PASSWORDS.ana);
    await block(practice, IDS.ana);
    expect((await refresh(practice, tokens)).status).toBe(400);

    await practice.as('actor')('PATCH', `/v1.0/users/${IDS.ana}`, { accountEnabled: true });

    expect((await refresh(practice, tokens)).status).toBe(200);
  });

  it('that no one was given is refused', async () => {
    practice = await practiceTenant();

    expect(aadsts(await refresh(practice, { access: '', refresh: 'made-up', session: '' }))).toBe(50_173);
  });
});

describe('the truth', () => {
  it('knows the last success and the first refusal after it', async () => {
    practice = await practiceTenant();
    const { truth } = practice.tenant;
    expect(truth.lastAccess('ana', 'attacker')).toBeUndefined();
    const tokens = await breakIn(practice, 'ana', PASSWORDS.ana);
    await readMail(practice, tokens);
    const lastSuccess = Date.parse(truth.lastAccess('ana', 'attacker') ?? '');
    expect(truth.refusedSince('ana', 'attacker')).toBeUndefined();

    await block(practice, IDS.ana);
    await refresh(practice, tokens);
    const refusedSince = truth.refusedSince('ana', 'attacker');
    await refresh(practice, tokens);

    expect(Date.parse(truth.lastAccess('ana', 'attacker') ?? '')).toBe(lastSuccess);
    expect(Date.parse(refusedSince ?? '')).toBeGreaterThanOrEqual(lastSuccess);
    expect(truth.refusedSince('ana', 'attacker')).toBe(refusedSince);
    expect(truth.lastAccess('ana', 'owner')).toBeUndefined();
  });

  it('does not take a refusal for access', async () => {
    practice = await practiceTenant({ timeScale: FAST });
    const tokens = await breakIn(practice, 'ana', PASSWORDS.ana);
    await block(practice, IDS.ana);
    await expect.poll(async () => (await readMail(practice, tokens)).status).toBe(401);
    const last = practice.tenant.truth.lastAccess('ana', 'attacker');

    await readMail(practice, tokens);

    expect(practice.tenant.truth.lastAccess('ana', 'attacker')).toBe(last);
    expect(usable()).toBe(false);
  });

  it('agrees with the journal about what happened to an account', async () => {
    practice = await practiceTenant();
    await block(practice, IDS.ana);
    await revoke(practice, IDS.ana);

    const history = practice.tenant.truth.accountHistory('ana');
    const journal = practice.tenant.journal.records().filter((record) => record.effects.length > 0);

    expect(history.map(({ what, requestId }) => [what, requestId])).toEqual(
      journal.flatMap((record) => record.effects.map((effect) => [effect.what, record.requestId])),
    );
    expect(history.map(({ at }) => at)).toEqual(journal.map((record) => record.effectAt));
    expect(practice.tenant.truth.account('ana')).toMatchObject({ enabled: false, signInSessionsValidFrom: history[1]?.to });
  });

  it('never writes a token or a password into the journal', async () => {
    practice = await practiceTenant();
    const { access, refresh: token } = await breakIn(practice, 'ana', PASSWORDS.ana);
    await refresh(practice, { access, refresh: token, session: '' });
    await readMail(practice, { access });

    const written = JSON.stringify(practice.tenant.journal.records());

    for (const secret of [access, token, PASSWORDS.ana, await practice.token('reader')]) expect(written).not.toContain(secret);
    expect(written).toContain('token.refresh');
  });
});

describe('one seed', () => {
  it('plays the same tenant twice', async () => {
    const draw = async () => {
      practice = await practiceTenant({ seed: 99 });
      const { session } = await breakIn(practice, 'ana', PASSWORDS.ana);
      await block(practice, IDS.ana);
      const [access] = practice.tenant.truth.access('ana');
      const life = Date.parse(access?.usableUntil ?? '') - Date.parse(practice.tenant.truth.lastAccess('ana', 'attacker') ?? '');
      await practice.stop();
      return { session, minutes: Math.round(life / 60_000) };
    };

    const first = await draw();

    expect(await draw()).toEqual(first);
    expect(first.minutes).toBeGreaterThanOrEqual(60);
    expect(first.minutes).toBeLessThanOrEqual(90);
  });
});
