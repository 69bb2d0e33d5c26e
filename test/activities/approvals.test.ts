// Approvals that do not count, whoever says that they were given.
import { describe, expect, it } from 'vitest';
import type { SignedEnvelope } from '../../domain/action.ts';
import { planCode } from '../../domain/plan.ts';
import { type ActivityHarness, TEAM } from './activity-harness.ts';
import { type Asked, approve, asked, house, lost, nextForgery, runs } from './plan-fixtures.ts';

describe('an approval does not count', () => {
  const values = ({ about, plan }: Asked) => ({ case: about, wordsSha256: null, plan: plan.digest, code: planCode(plan.digest) });

  /** As it would stand in the record if it had been weighed. */
  const received = (scene: Asked, signed: unknown, part: object = {}) => ({
    act: 'approve',
    person: house.id('ada'),
    plan: scene.plan.digest,
    signed,
    standing: { person: house.id('ada'), inGroup: true, inBaseline: true, guest: false, enabled: true, containedThemselves: false },
    ...part,
  });
  const forge = (scene: Asked, signed: unknown, part: object = {}): Promise<void> =>
    house.forge(scene.about, { key: `act/forged-${nextForgery()}`, kind: 'decision.received', body: received(scene, signed, part) });

  it('when it was put into the record unsigned', async () => {
    const scene = await asked();
    await forge(scene, null);
    await forge(scene, { envelope: {}, keyId: 'none', signature: '' });
    await lost(scene);
    // The same way in, with an act that one of our processes signed.
    await forge(scene, house.sign('ada', { act: 'approve', values: values(scene) }));
    await runs(scene);
  });

  it.each<[string, (signed: SignedEnvelope, scene: Asked) => unknown]>([
    ['its signature was altered', (signed) => ({ ...signed, signature: `${signed.signature.slice(0, -4)}AAAA` })],
    ['its key is not one of ours', (signed) => ({ ...signed, keyId: 'somebody-elses' })],
    [
      'its person was changed after it was signed',
      (signed) => ({ ...signed, envelope: { ...signed.envelope, person: house.slack('bea') } }),
    ],
    ['it says more than was signed', (signed) => ({ ...signed, envelope: { ...signed.envelope, urgent: true } })],
  ])('when %s', async (_, change) => {
    const scene = await asked();
    const signed = house.sign('ada', { act: 'approve', values: values(scene) });
    await forge(scene, change(signed, scene));
    await lost(scene);
    await forge(scene, signed);
    await runs(scene);
  });

  it('when the code in it is that of another version, though it is validly signed', async () => {
    const scene = await asked();
    const code = String(
      (Number(planCode(scene.plan.digest)) % 9000) + 1000 === Number(planCode(scene.plan.digest))
        ? 1000
        : (Number(planCode(scene.plan.digest)) % 9000) + 1000,
    );
    expect(code).not.toBe(planCode(scene.plan.digest));
    await house.decide(scene.about, scene.key, 'ada', 'approve', { plan: scene.plan.digest, code });
    await lost(scene);
    await approve(scene, 'ada');
    await runs(scene);
  });

  it('for any plan but the one it names', async () => {
    const scene = await asked();
    const other = { ...scene, plan: await house.planned(scene.about, scene.key, 'clean-up', { round: 2 }) };
    await approve(other, 'ada');
    await forge(scene, house.sign('ada', { act: 'approve', values: values(other) }));
    await forge(scene, house.sign('ada', { act: 'approve', values: { ...values(other), code: planCode(scene.plan.digest) } }));
    await lost(scene);
    await runs(other);
  });

  it('in any case but the one it names', async () => {
    const [scene, elsewhere] = [await asked(), await asked()];
    const signed = house.sign('ada', { act: 'approve', values: { ...values(scene), case: elsewhere.about } });
    await forge(scene, signed);
    await lost(scene);
    expect(await house.weigh(scene.about, scene.key, [signed])).toMatchObject({ refused: 1, decisions: [] });
    await lost(scene);
    await approve(scene, 'ada');
    await runs(scene);
  });

  it.each(['decline', 'hold', 'keep-closed', 'go-on', 'acknowledge'] as const)('when what was signed was: %s', async (act) => {
    const scene = await asked();
    const more: Partial<Record<typeof act, object>> = {
      decline: { plan: scene.plan.digest },
      'go-on': { shownAt: new Date().toISOString() },
    };
    const said = { case: scene.about, wordsSha256: null, ...more[act] };
    await forge(scene, house.sign('ada', { act, values: said } as Parameters<ActivityHarness['sign']>[1]));
    await lost(scene);
    await approve(scene, 'ada');
    await runs(scene);
  });

  it('when nobody confirmed whose Slack account it came from', async () => {
    const scene = await asked();
    const signed = house.sign('ada', { act: 'approve', person: 'UNOBODY', values: values(scene) });
    await forge(scene, signed);
    await lost(scene);
    await house.confirm([{ slackTeam: TEAM, slackUser: 'UNOBODY', objectId: house.id('ada'), name: 'ada', phone: null }]);
    await runs(scene);
  });

  it('by what the entry says of its person: the signed act alone says who it was', async () => {
    const scene = await asked();
    await forge(scene, house.sign('eve', { act: 'approve', values: values(scene) }), { person: house.id('ada') });
    await lost(scene);
    await approve(scene, 'ada');
    await runs(scene);
  });
});
