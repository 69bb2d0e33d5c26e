// Closings that people decide, releases and undos, on a real tenant.
import { describe, expect, it, vi } from 'vitest';
import { makePlan, type PlanResult } from '../../activities/plans/index.ts';
import { STEPS } from '../../activities/steps/registry.ts';
import { applyStep } from '../../activities/steps/runner.ts';
import { ATTACKER, carryOut, closeBy, closed, harness, kindsIn, nextSecond, runStep, somebody } from './planned-fixtures.ts';

describe('a closing that people decide', () => {
  it('closes the account, and is nothing once it is closed', async () => {
    const key = somebody();
    const about = await harness.report(key, {}, { by: 'cai' });
    const plan = await harness.approved(about, key, 'containment');
    expect(plan.steps).toEqual(['block-sign-in', 'revoke-sessions']);
    const before = harness.tenant.truth.account(key);
    await carryOut(about, key, plan);
    const now = harness.tenant.truth.account(key);
    expect(now.enabled).toBe(false);
    expect(now.signInSessionsValidFrom > before.signInSessionsValidFrom).toBe(true);
    expect(await harness.plan(about, key, 'containment', { round: 2 })).toEqual({ kind: 'nothing' });
  });

  it('ends the sessions of an account that somebody blocked already, and leaves the block theirs', async () => {
    const key = somebody();
    const about = await harness.report(key, {}, { by: 'cai' });
    await harness.hands.disableByHand({ person: key, by: 'root' });
    const plan = await harness.approved(about, key, 'containment');
    expect(plan.steps).toEqual(['revoke-sessions']);
    await carryOut(about, key, plan);
    // Not ours to open, and an account that stays shut is not released.
    expect(await harness.plan(about, key, 'release')).toEqual({ kind: 'refused', because: 'not-allowed-now' });
  });

  it('blocks a guest and no more: their sessions are their home’s', async () => {
    const about = await harness.report('gil', {}, { by: 'cai' });
    expect((await harness.planned(about, 'gil', 'containment')).steps).toEqual(['block-sign-in']);
  });
});

describe('a release', () => {
  it('opens what this case had closed, with a new password and the owner’s things as they were', async () => {
    const key = 'gus';
    const { upn, password } = harness.tenant.company.people.find((person) => person.key === key) ?? { upn: '', password: '' };
    const who = {
      holder: 'attacker',
      from: { ip: ATTACKER, city: 'Utrecht', country: 'NL', asn: 64_500, app: 'Browser', cae: false },
    } as const;
    const begun = await harness.hands.signIn({ upn, password, ...who });
    for (const { id } of await harness.hands.prompts(key)) await harness.hands.denyPrompt(id);
    await harness.hands.untilDecided(begun, who);

    const about = await closed(key, 'denied-or-ignored');
    const plan = await harness.approved(about, key, 'release');
    expect(plan.steps).toEqual(['reset-password', 'release-false-alarm']);
    const before = harness.tenant.truth.account(key);
    await carryOut(about, key, plan);
    const now = harness.tenant.truth.account(key);
    expect(now).toMatchObject({ enabled: true, signInSessionsValidFrom: before.signInSessionsValidFrom });
    expect(now.passwordChangedAt > before.passwordChangedAt).toBe(true);
    expect(harness.tenant.truth.ownersThings().filter(({ person, present }) => person === key && !present)).toEqual([]);
  });

  const forbidden = { kind: 'refused', because: 'logs-forbid' };

  it('is refused when the logs show that somebody got in', async () => {
    const key = somebody();
    await harness.signIn(key, 'attacker', ATTACKER);
    const about = await closed(key, 'denied-or-ignored');
    expect(await harness.plan(about, key, 'release')).toEqual(forbidden);
  });

  it('is refused when a refused prompt was followed by a change that nobody explains', async () => {
    const key = somebody();
    const about = await closed(key, 'denied-or-ignored');
    const at = new Date().toISOString();
    const { reader } = harness.tools;
    const signInsSince = async () => ({ value: [{ at, errorCode: 500_121, correlationId: null, address: ATTACKER }], answers: [] });
    const activitySince = async () => ({ value: [{ at, activity: 'Update user', address: null }], answers: [] });
    const make = (logs: Partial<typeof reader>) =>
      makePlan(
        { ...harness.tools, reader: { ...reader, ...logs } },
        {
          caseId: about,
          subject: harness.id(key),
          group: 'release',
          round: 1,
          attempt: 9,
          because: 'requested',
          askedBy: null,
          notes: [],
          lastTry: true,
        },
      );
    expect(await make({ signInsSince, activitySince })).toEqual(forbidden);
    expect(await make({ signInsSince })).toMatchObject({ kind: 'made' });
  });

  it.each([
    ['signins.list.beta', 403],
    ['signins.list.beta', 503],
    ['audit.byInitiator', 403],
    ['audit.byInitiator', 503],
  ])('is refused while %s answers %i, and made when it can be read again', async (operation, status) => {
    const key = somebody();
    const about = await closed(key, 'denied-or-ignored');
    const mend = harness.tenant.faults.add({ operation, occurrence: { from: 1 }, kind: 'status', status });
    expect(await harness.plan(about, key, 'release')).toEqual(forbidden);
    mend();
    expect(await harness.plan(about, key, 'release')).toMatchObject({ kind: 'made' });
  });

  it('is refused until the logs must be complete up to the closing, not only up to the report', async () => {
    const key = somebody();
    const logDelayMs = 15 * 60_000;
    const policy = { ...harness.policy, durations: { ...harness.policy.durations, logDelayMs } };
    const about = await harness.report(key, { what: 'denied-or-ignored' }, { policy });
    await closeBy(about, key);
    const entries = await harness.ledger.entries(about);
    const openedAt = entries[0]?.storedAt ?? 0;
    const blockedAt =
      entries.findLast(({ content }) => content.kind === 'step.verified' && content.body['step'] === 'block-sign-in')?.storedAt ?? 0;
    expect(blockedAt).toBeGreaterThan(openedAt);
    const at = async (time: number): Promise<PlanResult> => {
      vi.spyOn(Date, 'now').mockReturnValue(time);
      const result = await harness.plan(about, key, 'release');
      vi.restoreAllMocks();
      return result;
    };
    expect(await harness.plan(about, key, 'release')).toEqual(forbidden);
    expect(await at(openedAt + logDelayMs)).toEqual(forbidden);
    expect(await at(blockedAt + logDelayMs)).toMatchObject({ kind: 'made' });
  });

  it('is refused once methods were removed: the owner could not use the account that it opens', async () => {
    const key = somebody();
    const about = await closed(key, 'denied-or-ignored');
    const before = await harness.approved(about, key, 'release');
    await carryOut(about, key, await harness.approved(about, key, 'eradication'));
    expect(await harness.plan(about, key, 'release', { round: 2 })).toEqual({ kind: 'refused', because: 'not-allowed-now' });

    // One that was planned and approved before stops at the opening.
    await nextSecond(key);
    await runStep(about, key, before, 'reset-password');
    const writes = harness.writes().length;
    await expect(runStep(about, key, before, 'release-false-alarm')).rejects.toMatchObject({ code: 'PLAN_STALE' });
    expect(harness.writes()).toHaveLength(writes);
    expect(harness.tenant.truth.account(key).enabled).toBe(false);
  });

  it('is not carried out any more when somebody got in since it was approved', async () => {
    const key = somebody();
    const about = await closed(key, 'denied-or-ignored');
    const plan = await harness.approved(about, key, 'release');
    // An administrator opens it by hand, and too early.
    await harness.hands.enableByHand({ person: key, by: 'root' });
    await nextSecond(key);
    await harness.signIn(key, 'attacker', ATTACKER);
    const writes = harness.writes().length;
    await expect(runStep(about, key, plan, 'reset-password')).rejects.toMatchObject({ code: 'PLAN_STALE' });
    expect(harness.writes()).toHaveLength(writes);
  });

  it.each(['signins.list.beta', 'audit.byInitiator'])('is not carried out any more when %s cannot be read', async (operation) => {
    const key = somebody();
    const about = await closed(key, 'denied-or-ignored');
    const plan = await harness.approved(about, key, 'release');
    const mend = harness.tenant.faults.add({ operation, occurrence: { from: 1 }, kind: 'status', status: 403 });
    await nextSecond(key);
    const writes = harness.writes().length;
    await expect(runStep(about, key, plan, 'reset-password')).rejects.toMatchObject({ code: 'PLAN_STALE' });
    mend();
    expect(harness.writes()).toHaveLength(writes);
    await carryOut(about, key, plan);
    expect(harness.tenant.truth.account(key).enabled).toBe(true);
  });

  it('is made after an eradication that took no method away', async () => {
    const key = somebody();
    const about = await closed(key, 'denied-or-ignored');
    harness.tenant.faults.add({ operation: 'auth.methods.list', actorKey: 'actor', occurrence: { from: 1 }, kind: 'status', status: 403 });
    await carryOut(about, key, await harness.approved(about, key, 'eradication'));
    harness.tenant.faults.clear();
    await nextSecond(key);
    await carryOut(about, key, await harness.approved(about, key, 'release'));
    expect(harness.tenant.truth.account(key).enabled).toBe(true);
  });

  it('does not open an account that was closed before the case', async () => {
    for (const key of ['mia', 'shy']) {
      const about = await closed(key, 'denied-or-ignored');
      expect(await harness.plan(about, key, 'release')).toEqual({ kind: 'refused', because: 'not-allowed-now' });
      expect(harness.tenant.truth.account(key).enabled).toBe(false);
    }
  });

  it('does not open an account with the password it was closed with, where only people can change it', async () => {
    const about = await closed('syd', 'denied-or-ignored');
    expect(await harness.plan(about, 'syd', 'release')).toEqual({ kind: 'refused', because: 'not-allowed-now' });
    const { account } = harness.tools.doors;
    const changedAt = new Date(Date.now() + 1_000).toISOString();
    const doors = {
      ...harness.tools.doors,
      account: { ...account, passwordState: async () => ({ value: { changedAt, readAt: changedAt }, answers: [] }) },
    };
    const run = {
      caseId: about,
      subject: harness.id('syd'),
      group: 'release',
      round: 1,
      attempt: 9,
      because: 'requested',
    } as const;
    const result = await makePlan({ ...harness.tools, doors }, { ...run, askedBy: null, notes: [], lastTry: true });
    expect(result).toMatchObject({ kind: 'made', plan: { steps: ['release-false-alarm'] } });
  });
});

describe('an undo', () => {
  const nothing = { kind: 'refused', because: 'nothing-to-undo' };

  it('takes back the newest release, once, and leaves the whole tenant as it was before it', async () => {
    const key = somebody();
    const about = await closed(key, 'denied-or-ignored');
    expect(await harness.plan(about, key, 'undo')).toEqual(nothing);
    const release = await harness.approved(about, key, 'release');
    await runStep(about, key, release, 'reset-password');
    const before = harness.tenant.truth.state();
    await runStep(about, key, release, 'release-false-alarm');
    expect(harness.tenant.truth.state()).not.toEqual(before);

    const undo = await harness.approved(about, key, 'undo');
    expect(undo.steps).toEqual(['release-false-alarm']);
    await carryOut(about, key, undo);
    expect(harness.tenant.truth.state()).toEqual(before);

    const intended = (await harness.ledger.entries(about)).filter(({ content }) => content.kind === 'step.intended');
    const opening = intended.find(({ content }) => content.body['step'] === 'release-false-alarm');
    expect(intended.at(-1)?.content.body).toMatchObject({ undoes: opening?.hash, change: { from: true, to: false } });
    expect(await harness.plan(about, key, 'undo', { round: 2 })).toEqual(nothing);
  });

  it('takes back the second release after the first one was taken back', async () => {
    const key = somebody();
    const about = await closed(key, 'denied-or-ignored');
    for (const round of [1, 2]) {
      await carryOut(about, key, await harness.approved(about, key, 'release', ['ada'], { round }));
      await carryOut(about, key, await harness.approved(about, key, 'undo', ['ada'], { round }));
      expect(harness.tenant.truth.account(key).enabled).toBe(false);
    }
    const undone = (await kindsIn(about, 'step.intended')).map(({ body }) => body['undoes']).filter((hash) => hash !== null);
    expect(new Set(undone).size).toBe(2);
    expect(await harness.plan(about, key, 'undo', { round: 3 })).toEqual(nothing);
  });

  it('takes back a release also where methods were removed since', async () => {
    const key = somebody();
    const about = await closed(key, 'denied-or-ignored');
    await carryOut(about, key, await harness.approved(about, key, 'release'));
    await harness.hands.disableByHand({ person: key, by: 'root' });
    await carryOut(about, key, await harness.approved(about, key, 'eradication'));
    await harness.hands.enableByHand({ person: key, by: 'root' });
    await carryOut(about, key, await harness.approved(about, key, 'undo'));
    expect(harness.tenant.truth.account(key).enabled).toBe(false);
  });

  it('passes over what was changed since and cannot be taken back', async () => {
    const key = somebody();
    const about = await closed(key, 'denied-or-ignored');
    await carryOut(about, key, await harness.approved(about, key, 'release'));
    await nextSecond(key);
    await applyStep(harness.tools, STEPS['revoke-sessions'], harness.run(about, key, { kind: 'policy', blockLimit: null }, 90));
    expect((await harness.planned(about, key, 'undo')).steps).toEqual(['release-false-alarm']);
  });

  it('is nothing where somebody has closed the account again by hand', async () => {
    const key = somebody();
    const about = await closed(key, 'denied-or-ignored');
    await carryOut(about, key, await harness.approved(about, key, 'release'));
    await harness.hands.disableByHand({ person: key, by: 'root' });
    expect(await harness.plan(about, key, 'undo')).toEqual(nothing);
    await harness.hands.enableByHand({ person: key, by: 'root' });
    expect(await harness.plan(about, key, 'undo')).toMatchObject({ kind: 'made' });
  });

  it('does not take back a release that was intended and never came about', async () => {
    const key = somebody();
    const about = await closed(key, 'denied-or-ignored');
    await carryOut(about, key, await harness.approved(about, key, 'release'));
    await carryOut(about, key, await harness.approved(about, key, 'undo'));
    const second = await harness.approved(about, key, 'release', ['ada'], { round: 2 });
    await runStep(about, key, second, 'reset-password');
    harness.tenant.faults.add({ operation: 'user.enable', occurrence: 1, kind: 'status', status: 403 });
    await expect(runStep(about, key, second, 'release-false-alarm')).rejects.toMatchObject({ code: 'GRAPH_FORBIDDEN' });
    await harness.hands.enableByHand({ person: key, by: 'root' });
    // Opened by somebody else: not ours to take back as if it were.
    expect(await harness.plan(about, key, 'undo', { round: 2 })).toEqual(nothing);
  });
});
