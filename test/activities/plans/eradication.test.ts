// Clean-ups on a real tenant: what they change, what people change in them, and what has changed meanwhile.
import { beforeAll, describe, expect, it } from 'vitest';
import { ENDPOINTS } from '../../../activities/microsoft/endpoints.ts';
import { type PlanResult, revisePlan } from '../../../activities/plans/index.ts';
import type { MadePlan } from '../../../activities/plans/make-plan.ts';
import type { CaseId } from '../../../domain/ids.ts';
import { targetKey } from '../../../domain/step.ts';
import {
  besides,
  carryOut,
  closeBy,
  closed,
  HOUR,
  hashOf,
  house,
  INTRUDER,
  kindsIn,
  MOBILE_ID,
  nextSecond,
  owner,
  PERSONAL,
  planIn,
  runStep,
  somebody,
  ticksIn,
} from '../planned-fixtures.ts';

describe('a clean-up', () => {
  let about: CaseId;
  let plan: MadePlan;

  beforeAll(async () => {
    await house.hands.addMethod(await house.signIn('ana', 'intruder', INTRUDER), { kind: 'fido2', displayName: 'Night key' });
    await house.hands.addMethod(await house.signIn('ana', 'intruder', INTRUDER), { kind: 'authenticator', displayName: 'Night phone' });
    about = await closed('ana');
    plan = await house.approved(about, 'ana', 'clean-up');
  });

  it('resets the password, removes methods, and ends the sessions once more, in this order', async () => {
    expect(plan.steps).toEqual(['reset-password', 'remove-methods', 'revoke-sessions']);
    expect(plan).toMatchObject({ needs: { approvers: 1, stepUp: false }, askedBy: null, round: 1, revision: 1 });
  });

  it('ticks what is the intruder’s and all that can be phished, whoever added it', async () => {
    expect(await ticksIn(about, plan.digest)).toEqual({
      'Authenticator app “Sunflower phone”': 'ticked, unknown',
      'Authenticator app “Night phone”': 'ticked, unknown',
      'Phone ending in 77 (mobile)': 'ticked, unknown',
      'Phone ending in 78 (alternateMobile)': 'ticked, unknown',
      'Phone ending in 79 (office)': 'ticked, unknown',
      'E-mail address at mail.example': 'ticked, unknown',
      'Code app': 'ticked, unknown',
      'Temporary Access Pass': 'ticked, intruder',
      'External method “Lilac factor”': 'ticked, unknown',
      'Security key “Night key”': 'ticked, intruder',
    });
  });

  it('says why it takes the intruder’s key for theirs: the log names their address at that time', async () => {
    const { said, labels } = await planIn(about, plan.digest);
    const night = said.steps
      .flatMap(({ changes }) => changes)
      .find(({ target }) => labels.of[targetKey(target)] === 'Security key “Night key”');
    expect(night?.sorted).toEqual({ belongs: 'intruder', because: 'added-from-attacker-address' });
  });

  it('keeps what its owner had before that night and cannot be talked out of', async () => {
    const { said, labels } = await planIn(about, plan.digest);
    expect([...labels.kept].sort()).toEqual(['Platform credential “Iris mac”', 'Security key “Rose key”', 'Windows Hello “Tulip laptop”']);
    expect(said.kept).toHaveLength(3);
  });

  it('says before anybody approves that none of it can be taken back', async () => {
    const { said } = await planIn(about, plan.digest);
    expect(new Set(said.steps.flatMap(({ changes }) => changes.map(({ undo }) => undo.kind)))).toEqual(new Set(['cannot']));
  });

  it('carried out, leaves the intruder nothing and the owner what is theirs', async () => {
    const before = house.tenant.truth.account('ana');
    const outcomes = await carryOut(about, 'ana', plan);
    expect(outcomes.get('remove-methods')).toMatchObject({ dropped: 0, newcomers: 0 });

    const { truth, journal } = house.tenant;
    expect(truth.footholds().filter(({ person, present }) => person === 'ana' && present)).toEqual([]);
    const left = (await house.tools.doors.methods.methods(house.id('ana'))).value.methods.map(({ kind }) => kind);
    expect(left.sort()).toEqual(['fido2', 'hello', 'password', 'platform-credential']);
    expect(truth.account('ana')).toMatchObject({ enabled: false });
    expect(truth.account('ana').passwordChangedAt > before.passwordChangedAt).toBe(true);
    expect(truth.account('ana').signInSessionsValidFrom > truth.account('ana').passwordChangedAt).toBe(true);

    const removed = journal.records().filter(({ person, effects }) => person === 'ana' && effects.some(({ what }) => what === 'method'));
    const gone = removed.filter(({ method }) => method === 'DELETE').map(({ effects }) => effects[0]?.target.split('/').at(-1));
    expect(gone.indexOf('b6332ec1-7057-4abe-9331-3d72feddfe41')).toBeLessThan(gone.indexOf(MOBILE_ID));
  });

  it('is done once, and its picture holds what it left', async () => {
    expect(await kindsIn(about, 'plan.done')).toMatchObject([{ body: { digest: plan.digest, dropped: 0 } }]);
    const { said } = await planIn(about, plan.digest);
    expect((await kindsIn(about, 'picture.stored')).map(({ body }) => body['left'])).toEqual([said.kept]);
  });

  it('leaves what nobody can sort unticked, and asks', async () => {
    const here = await closed('uma');
    const { digest } = await house.planned(here, 'uma', 'clean-up');
    expect(await ticksIn(here, digest)).toMatchObject({
      'Security key “Moss key”': 'open, unknown',
      'Authenticator app “Sunflower phone”': 'ticked, owner',
    });
  });

  it('looks back from the report, and not from the moment at which it was taken up', async () => {
    const at = new Date(Date.now() - 30 * HOUR).toISOString();
    const here = await house.report('kim', {}, { at });
    const { digest } = await house.planned(here, 'kim', 'clean-up');
    expect(await ticksIn(here, digest)).toMatchObject({ 'Security key “Fern key”': 'open, unknown' });
  });

  it('names what is unread to people, where methods may not be read, and only at the end where they do not answer', async () => {
    const key = somebody();
    const here = await closed(key);
    const unread = { operation: 'auth.methods.list', actorKey: 'actor', occurrence: { from: 1 }, kind: 'status' } as const;
    const away = house.tenant.faults.add({ ...unread, status: 503 });
    await expect(house.plan(here, key, 'clean-up', { lastTry: false })).rejects.toMatchObject({ code: 'GRAPH_UNAVAILABLE' });
    const byHand = [{ what: 'remove-methods', because: 'list-unreadable' }];
    expect((await planIn(here, (await house.planned(here, key, 'clean-up', { lastTry: true })).digest)).said.byHand).toEqual(byHand);
    away();
    house.tenant.faults.add({ ...unread, status: 403 });
    const refused = await house.planned(here, key, 'clean-up', { round: 2, lastTry: false });
    expect(refused.steps).toEqual(['reset-password', 'revoke-sessions']);
    expect((await planIn(here, refused.digest)).said.byHand).toEqual(byHand);
  });

  it.each([
    ['syd', 'synced', ['remove-methods', 'revoke-sessions']],
    ['fay', 'federated', ['remove-methods', 'revoke-sessions']],
    // Nothing here ends the sessions of a guest.
    ['gil', 'guest-home-tenant', ['remove-methods']],
  ])('leaves the password of %s, which is kept elsewhere, to a person', async (key, because, steps) => {
    const here = await house.report(key);
    const { said } = await planIn(here, (await house.planned(here, key, 'clean-up')).digest);
    expect(said.byHand).toEqual([{ what: 'reset-password', because }]);
    expect(said.steps.map(({ step }) => step)).toEqual(steps);
  });

  it('is made for what is left to people, also where a machine can do nothing but end the sessions', async () => {
    const here = await house.report('sol');
    const plan = await house.planned(here, 'sol', 'clean-up');
    expect(plan.steps).toEqual(['revoke-sessions']);
    expect((await planIn(here, plan.digest)).said.byHand).toEqual([{ what: 'reset-password', because: 'synced' }]);
  });

  it('sets no second password, unless somebody changed the one that nobody knows', async () => {
    const key = somebody();
    const here = await closed(key);
    await carryOut(here, key, await house.approved(here, key, 'clean-up'));
    expect(await house.plan(here, key, 'clean-up', { round: 2 })).toEqual({ kind: 'nothing' });
    await nextSecond(key);
    await besides(ENDPOINTS.resetPassword, key, {
      body: { passwordProfile: { password: 'chosen-By-1-intruder', forceChangePasswordNextSignIn: false } },
    });
    expect((await house.planned(here, key, 'clean-up', { round: 2 })).steps).toEqual(['reset-password', 'revoke-sessions']);
  });

  it('does nothing to an account that is open, and is carried out once it is closed', async () => {
    const key = somebody();
    const here = await house.report(key);
    const plan = await house.approved(here, key, 'clean-up');
    const before = house.writes().length;
    for (const step of plan.steps) await expect(runStep(here, key, plan, step)).rejects.toMatchObject({ code: 'ACCOUNT_OPEN' });
    expect(house.writes()).toHaveLength(before);
    expect(await kindsIn(here, 'step.intended')).toEqual([]);
    await closeBy(here, key);
    expect([...(await carryOut(here, key, plan)).keys()]).toEqual(plan.steps);
  });
});

describe('another version of a plan', () => {
  async function asked(key: string): Promise<{ about: CaseId; plan: MadePlan; ticked: string[]; open: string }> {
    const about = await closed(key);
    const plan = await house.planned(about, key, 'clean-up');
    const changes = (await planIn(about, plan.digest)).said.steps.flatMap((step) => step.changes);
    const keys = (wanted: boolean) => changes.filter(({ ticked }) => ticked === wanted).map(({ target }) => targetKey(target));
    return { about, plan, ticked: keys(true), open: keys(false)[0] ?? '' };
  }
  const revise = (about: CaseId, key: string, digest: string, ticked: readonly string[], by = 'ada'): Promise<PlanResult> =>
    revisePlan(house.tools, { caseId: about, subject: house.id(key), digest, ticked, by: house.id(by), notes: [] });
  const revised = async (...args: Parameters<typeof revise>): Promise<MadePlan> => {
    const result = await revise(...args);
    if (result.kind !== 'made') throw new Error(`expected another version, got ${JSON.stringify(result)}`);
    return result.plan;
  };

  it('has another digest, records the choice, and is the only one that can be approved', async () => {
    const { about, plan, ticked, open } = await asked('ugo');
    const second = await revised(about, 'ugo', plan.digest, [...ticked, open]);
    expect(second).toMatchObject({ group: 'clean-up', round: 1, revision: 2, generation: plan.generation, needs: plan.needs });
    expect(second.digest).not.toBe(plan.digest);
    expect(await kindsIn(about, 'choice.recorded')).toMatchObject([
      { body: { digest: plan.digest, by: house.id('ada'), ticked: true, target: { kind: 'method', id: open.replace('method:', '') } } },
    ]);

    await house.approve(about, 'ugo', plan.digest, ['bea']);
    const before = house.writes().length;
    await expect(runStep(about, 'ugo', plan, 'reset-password')).rejects.toMatchObject({ code: 'APPROVAL_LOST' });
    // An approval of the old version is none of the new one.
    await expect(runStep(about, 'ugo', second, 'reset-password')).rejects.toMatchObject({ code: 'APPROVAL_LOST' });
    expect(house.writes()).toHaveLength(before);

    await house.approve(about, 'ugo', second.digest, ['bea']);
    await carryOut(about, 'ugo', second);
    expect((await house.tools.doors.methods.methods(house.id('ugo'))).value.methods.map(({ kind }) => kind)).toEqual(['password']);
  });

  it('is shown by the same names, and by what a person can compare', async () => {
    const { about, plan, ticked } = await asked('una');
    const second = await revised(
      about,
      'una',
      plan.digest,
      ticked.filter((each) => !each.startsWith('method:')),
    );
    const [first, next] = [await planIn(about, plan.digest), await planIn(about, second.digest)];
    expect(next.labels).toEqual(first.labels);
    const { rows } = await owner.query('SELECT content FROM display WHERE case_id = $1 AND key = $2', [about, `plan/${second.digest}`]);
    expect(hashOf(rows[0].content)).toBe(next.said.labelsSha256);
  });

  it('is refused for things that are not in it, and where nothing would differ', async () => {
    const key = somebody();
    const { about, plan, ticked } = await asked(key);
    const entries = (await house.entries(about)).length;
    const nothing = { kind: 'refused', because: 'nothing-changed' };
    expect(await revise(about, key, plan.digest, [...ticked, 'method:of-somebody-else'])).toEqual(nothing);
    expect(await revise(about, key, plan.digest, ticked)).toEqual(nothing);
    expect(await house.entries(about)).toHaveLength(entries);
    await expect(revise(about, key, 'f'.repeat(64), ticked)).rejects.toMatchObject({ code: 'PLAN_UNKNOWN' });
  });

  it('is made once, and no other takes its number: what the second person chose is not in it and is not on the record', async () => {
    const key = somebody();
    const { about, plan, ticked } = await asked(key);
    const methods = ticked.filter((each) => each.startsWith('method:'));
    const without = (gone: string | undefined) => ticked.filter((each) => each !== gone);
    const second = await revised(about, key, plan.digest, without(methods[0]));
    expect(await revised(about, key, plan.digest, without(methods[0]))).toEqual(second);
    expect(await revise(about, key, plan.digest, without(methods[1]), 'bea')).toEqual({ kind: 'refused', because: 'plan-changed' });
    expect(await kindsIn(about, 'choice.recorded')).toMatchObject([{ body: { by: house.id('ada'), ticked: false } }]);
    expect(await kindsIn(about, 'plan.made')).toHaveLength(2);
  });
});

describe('what has changed between a plan and its turn', () => {
  it('a phone whose number was swapped stays, is told, and the others go', async () => {
    const about = await house.report('dee');
    const plan = await house.approved(about, 'dee', 'clean-up');
    const session = await house.signIn('dee', 'intruder', INTRUDER);
    await besides(ENDPOINTS.removePhone, 'dee', { methodId: MOBILE_ID });
    const swapped = await house.hands.addMethod(session, { kind: 'phone', phoneNumber: '+1 5559999', phoneType: 'mobile' });
    expect(swapped).toEqual({ kind: 'done', id: MOBILE_ID });
    await closeBy(about, 'dee');

    const outcomes = await carryOut(about, 'dee', plan);
    expect(outcomes.get('remove-methods')).toMatchObject({ kind: 'verified', dropped: 1, newcomers: 1 });
    expect(await kindsIn(about, 'target.dropped')).toMatchObject([{ body: { target: { id: MOBILE_ID }, because: 'item-replaced' } }]);
    const left = (await house.tools.doors.methods.methods(house.id('dee'))).value.methods;
    expect(left.map(({ kind }) => kind).sort()).toEqual(['fido2', 'password', 'phone']);

    // Planned again, and asked again.
    const again = await house.planned(about, 'dee', 'clean-up', { round: 2 });
    expect(await ticksIn(about, again.digest)).toEqual({ 'Phone ending in 99 (mobile)': 'ticked, unknown' });
  });

  it('a method that is gone already needs nothing', async () => {
    const key = somebody();
    const about = await closed(key);
    const plan = await house.approved(about, key, 'clean-up');
    await besides(ENDPOINTS.removePhone, key, { methodId: MOBILE_ID });
    const outcomes = await carryOut(about, key, plan);
    expect(outcomes.get('remove-methods')).toMatchObject({ kind: 'verified', dropped: 0, newcomers: 0 });
    const unneeded = (await kindsIn(about, 'step.unneeded')).filter(({ body }) => body['step'] === 'remove-methods');
    expect(unneeded).toMatchObject([{ body: { target: { id: MOBILE_ID } } }]);
  });

  it('a method that the intruder adds while the plan waits is counted, and not removed by it', async () => {
    const about = await house.report('ned');
    const plan = await house.approved(about, 'ned', 'clean-up');
    await house.hands.addMethod(await house.signIn('ned', 'intruder', INTRUDER), { kind: 'fido2', displayName: 'Late key' });
    await closeBy(about, 'ned');
    const outcomes = await carryOut(about, 'ned', plan);
    expect(outcomes.get('remove-methods')).toMatchObject({ kind: 'verified', dropped: 0, newcomers: 1 });
    expect(house.tenant.truth.footholds().filter(({ person, present }) => person === 'ned' && present)).toHaveLength(1);

    const again = await house.approved(about, 'ned', 'clean-up', ['ada'], { round: 2 });
    expect(await ticksIn(about, again.digest)).toEqual({ 'Security key “Late key”': 'ticked, intruder' });
    await carryOut(about, 'ned', again);
    expect(house.tenant.truth.footholds().filter(({ person, present }) => person === 'ned' && present)).toEqual([]);
    expect((await house.tools.doors.methods.methods(house.id('ned'))).value.methods.map(({ kind }) => kind).sort()).toEqual([
      'fido2',
      'password',
    ]);
  });
});

describe('the record', () => {
  it('holds no value of a person in any body: only sealed, and in the table that is for showing', async () => {
    const [bodies, shown] = await Promise.all([
      owner.query("SELECT string_agg(chain || key || convert_from(content, 'UTF8'), E'\\n') AS text FROM ledger_entry"),
      owner.query("SELECT string_agg(key || content::text, E'\\n') AS text FROM display"),
    ]);
    const text: string = bodies.rows[0].text;
    expect(PERSONAL.filter((value) => text.includes(value))).toEqual([]);
    expect(house.tenant.secrets().filter(({ value }) => text.includes(value))).toEqual([]);
    // The same search finds them where they belong.
    expect(PERSONAL.filter((value) => shown.rows[0].text.includes(value))).toEqual(
      expect.arrayContaining(['Sunflower', 'Night key', 'Rose key']),
    );
    expect(text).toContain(house.id('ana'));
  });

  it('keeps the raw answers sealed beside the plan, and what was there beside every intent', async () => {
    const entries = await house.ledger.entries((await casesOf('ana'))[0] as CaseId);
    const made = entries.find(({ content }) => content.kind === 'plan.made');
    const names = made?.content.attachments.map(({ name }) => name) ?? [];
    expect(names[0]).toBe('labels');
    expect(names.some((name) => name.includes('auth.methods.list'))).toBe(true);
    const raw = await house.ledger.attachment(
      made?.chain as CaseId,
      made?.seq ?? 0,
      names.find((name) => name.includes('auth.methods.list')) ?? '',
    );
    expect(JSON.stringify(raw.content)).toContain('5550177');
    expect(raw.about?.url).toContain('/authentication/methods');
  });

  const casesOf = async (key: string): Promise<string[]> =>
    (await owner.query('SELECT case_id FROM case_file WHERE subject = $1', [house.id(key)])).rows.map((row) => row.case_id);
});
