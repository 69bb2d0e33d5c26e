// Approvals that do not count, whoever says that they were given.
import { describe, expect, it } from 'vitest';
import type { SignedEnvelope } from '../../domain/action.ts';
import { planCode } from '../../domain/plan.ts';
import { type ActivityHarness, TEAM } from './activity-harness.ts';
import { type Asked, approve, asked, harness, lost, nextForgery, runs } from './plan-fixtures.ts';

describe('an approval does not count', () => {
  const values = ({ about, plan }: Asked) => ({ case: about, wordsSha256: null, plan: plan.digest, code: planCode(plan.digest) });

  /** As it would stand in the record if it had been weighed. */
  const received = (context: Asked, signed: unknown, part: object = {}) => ({
    act: 'approve',
    person: harness.id('ada'),
    plan: context.plan.digest,
    signed,
    approver: { person: harness.id('ada'), inGroup: true, inBaseline: true, guest: false, enabled: true, ownCaseConfirmed: false },
    ...part,
  });
  const forge = (context: Asked, signed: unknown, part: object = {}): Promise<void> =>
    harness.forge(context.about, { key: `act/forged-${nextForgery()}`, kind: 'decision.received', body: received(context, signed, part) });

  it('when it was put into the record unsigned', async () => {
    const context = await asked();
    await forge(context, null);
    await forge(context, { envelope: {}, keyId: 'none', signature: '' });
    await lost(context);
    // The same way in, with an act that one of our processes signed.
    await forge(context, harness.sign('ada', { act: 'approve', values: values(context) }));
    await runs(context);
  });

  it.each<[string, (signed: SignedEnvelope, context: Asked) => unknown]>([
    ['its signature was altered', (signed) => ({ ...signed, signature: `${signed.signature.slice(0, -4)}AAAA` })],
    ['its key is not one of ours', (signed) => ({ ...signed, keyId: 'somebody-elses' })],
    [
      'its person was changed after it was signed',
      (signed) => ({ ...signed, envelope: { ...signed.envelope, person: harness.slack('bea') } }),
    ],
    ['it says more than was signed', (signed) => ({ ...signed, envelope: { ...signed.envelope, urgent: true } })],
  ])('when %s', async (_, change) => {
    const context = await asked();
    const signed = harness.sign('ada', { act: 'approve', values: values(context) });
    await forge(context, change(signed, context));
    await lost(context);
    await forge(context, signed);
    await runs(context);
  });

  it('when the code in it is that of another version, though it is validly signed', async () => {
    const context = await asked();
    const code = String(
      (Number(planCode(context.plan.digest)) % 9000) + 1000 === Number(planCode(context.plan.digest))
        ? 1000
        : (Number(planCode(context.plan.digest)) % 9000) + 1000,
    );
    expect(code).not.toBe(planCode(context.plan.digest));
    await harness.decide(context.about, context.key, 'ada', 'approve', { plan: context.plan.digest, code });
    await lost(context);
    await approve(context, 'ada');
    await runs(context);
  });

  it('for any plan but the one it names', async () => {
    const context = await asked();
    const other = { ...context, plan: await harness.planned(context.about, context.key, 'eradication', { round: 2 }) };
    await approve(other, 'ada');
    await forge(context, harness.sign('ada', { act: 'approve', values: values(other) }));
    await forge(context, harness.sign('ada', { act: 'approve', values: { ...values(other), code: planCode(context.plan.digest) } }));
    await lost(context);
    await runs(other);
  });

  it('in any case but the one it names', async () => {
    const [context, elsewhere] = [await asked(), await asked()];
    const signed = harness.sign('ada', { act: 'approve', values: { ...values(context), case: elsewhere.about } });
    await forge(context, signed);
    await lost(context);
    expect(await harness.weigh(context.about, context.key, [signed])).toMatchObject({ refused: 1, decisions: [] });
    await lost(context);
    await approve(context, 'ada');
    await runs(context);
  });

  it.each(['decline', 'hold', 'confirm-containment', 'resume', 'acknowledge'] as const)('when what was signed was: %s', async (act) => {
    const context = await asked();
    const more: Partial<Record<typeof act, object>> = {
      decline: { plan: context.plan.digest },
      resume: { shownAt: new Date().toISOString() },
    };
    const said = { case: context.about, wordsSha256: null, ...more[act] };
    await forge(context, harness.sign('ada', { act, values: said } as Parameters<ActivityHarness['sign']>[1]));
    await lost(context);
    await approve(context, 'ada');
    await runs(context);
  });

  it('when nobody confirmed whose Slack account it came from', async () => {
    const context = await asked();
    const signed = harness.sign('ada', { act: 'approve', person: 'UNOBODY', values: values(context) });
    await forge(context, signed);
    await lost(context);
    await harness.confirm([{ slackTeam: TEAM, slackUser: 'UNOBODY', objectId: harness.id('ada'), name: 'ada', phone: null }]);
    await runs(context);
  });

  it('by what the entry says of its person: the signed act alone says who it was', async () => {
    const context = await asked();
    await forge(context, harness.sign('eve', { act: 'approve', values: values(context) }), { person: harness.id('ada') });
    await lost(context);
    await approve(context, 'ada');
    await runs(context);
  });
});
