// Clean-ups on a real tenant: what they change, what people change in them, and what has changed meanwhile.
import { beforeAll, describe, expect, it } from 'vitest';
import { ENDPOINTS } from '../../../activities/microsoft/endpoints.ts';
import { type PlanResult, revisePlan } from '../../../activities/plans/index.ts';
import type { MadePlan } from '../../../activities/plans/make-plan.ts';
import type { CaseId } from '../../../domain/ids.ts';
import { targetKey } from '../../../domain/step.ts';
import {
  ATTACKER,
  besides,
  carryOut,
  closeBy,
  closed,
  HOUR,
  harness,
  hashOf,
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

describe('an eradication', () => {
  let about: CaseId;
  let plan: MadePlan;

  beforeAll(async () => {
    await harness.hands.addMethod(await harness.signIn('ana', 'attacker', ATTACKER), { kind: 'fido2', displayName: 'Night key' });
    await harness.hands.addMethod(await harness.signIn('ana', 'attacker', ATTACKER), { kind: 'authenticator', displayName: 'Night phone' });
    about = await closed('ana');
    plan = await harness.approved(about, 'ana', 'eradication');
  });

  it('resets the password, removes methods, and ends the sessions once more, in this order', async () => {
    expect(plan.steps).toEqual(['reset-password', 'remove-methods', 'revoke-sessions']);
    expect(plan).toMatchObject({ needs: { approvers: 1, stepUp: false }, askedBy: null, round: 1, revision: 1 });
  });

  it('ticks what is the attacker’s and all that can be phished, whoever added it', async () => {
    expect(await ticksIn(about, plan.digest)).toEqual({
      'Authenticator app “Sunflower phone”': 'ticked, unknown',
      'Authenticator app “Night phone”': 'ticked, unknown',
      'Phone ending in 77 (mobile)': 'ticked, unknown',
      'Phone ending in 78 (alternateMobile)': 'ticked, unknown',
      'Phone ending in 79 (office)': 'ticked, unknown',
      'E-mail address at mail.example': 'ticked, unknown',
      'Code app': 'ticked, unknown',
      'Temporary Access Pass': 'ticked, attacker',
      'External method “Lilac factor”': 'ticked, unknown',
      'Security key “Night key”': 'ticked, attacker',
    });
  });

  it('says why it takes the attacker’s key for theirs: the log names their address at that time', async () => {
    const { said, labels } = await planIn(about, plan.digest);
    const night = said.steps
      .flatMap(({ changes }) => changes)
      .find(({ target }) => labels.of[targetKey(target)] === 'Security key “Night key”');
    expect(night?.sorted).toEqual({ belongs: 'attacker', because: 'added-from-attacker-address' });
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

  it('carried out, leaves the attacker nothing and the owner what is theirs', async () => {
    const before = harness.tenant.truth.account('ana');
    const outcomes = await carryOut(about, 'ana', plan);
    expect(outcomes.get('remove-methods')).toMatchObject({ dropped: 0, newItems: 0 });

    const { truth, journal } = harness.tenant;
    expect(truth.footholds().filter(({ person, present }) => person === 'ana' && present)).toEqual([]);
    const left = (await harness.tools.doors.methods.methods(harness.id('ana'))).value.methods.map(({ kind }) => kind);
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
    expect((await kindsIn(about, 'snapshot.stored')).map(({ body }) => body['left'])).toEqual([said.kept]);
  });

  it('leaves what nobody can sort unticked, and asks', async () => {
    const here = await closed('uma');
    const { digest } = await harness.planned(here, 'uma', 'eradication');
    expect(await ticksIn(here, digest)).toMatchObject({
      'Security key “Moss key”': 'open, unknown',
      'Authenticator app “Sunflower phone”': 'ticked, owner',
    });
  });

  it('looks back from the report, and not from the moment at which it was taken up', async () => {
    const at = new Date(Date.now() - 30 * HOUR).toISOString();
    const here = await harness.report('kim', {}, { at });
    const { digest } = await harness.planned(here, 'kim', 'eradication');
    expect(await ticksIn(here, digest)).toMatchObject({ 'Security key “Fern key”': 'open, unknown' });
  });

  it('names what is unread to people, where methods may not be read, and only at the end where they do not answer', async () => {
    const key = somebody();
    const here = await closed(key);
    const unread = { operation: 'auth.methods.list', actorKey: 'actor', occurrence: { from: 1 }, kind: 'status' } as const;
    const away = harness.tenant.faults.add({ ...unread, status: 503 });
    await expect(harness.plan(here, key, 'eradication', { lastTry: false })).rejects.toMatchObject({ code: 'GRAPH_UNAVAILABLE' });
    const byHand = [{ what: 'remove-methods', because: 'list-unreadable' }];
    expect((await planIn(here, (await harness.planned(here, key, 'eradication', { lastTry: true })).digest)).said.byHand).toEqual(byHand);
    away();
    harness.tenant.faults.add({ ...unread, status: 403 });
    const refused = await harness.planned(here, key, 'eradication', { round: 2, lastTry: false });
    expect(refused.steps).toEqual(['reset-password', 'revoke-sessions']);
    expect((await planIn(here, refused.digest)).said.byHand).toEqual(byHand);
  });

  it.each([
    ['syd', 'synced', ['remove-methods', 'revoke-sessions']],
    ['fay', 'federated', ['remove-methods', 'revoke-sessions']],
    // Nothing here ends the sessions of a guest.
    ['gil', 'guest-home-tenant', ['remove-methods']],
  ])('leaves the password of %s, which is kept elsewhere, to a person', async (key, because, steps) => {
    const here = await harness.report(key);
    const { said } = await planIn(here, (await harness.planned(here, key, 'eradication')).digest);
    expect(said.byHand).toEqual([{ what: 'reset-password', because }]);
    expect(said.steps.map(({ step }) => step)).toEqual(steps);
  });

  it('is made for what is left to people, also where a machine can do nothing but end the sessions', async () => {
    const here = await harness.report('sol');
    const plan = await harness.planned(here, 'sol', 'eradication');
    expect(plan.steps).toEqual(['revoke-sessions']);
    expect((await planIn(here, plan.digest)).said.byHand).toEqual([{ what: 'reset-password', because: 'synced' }]);
  });

  it('sets no second password, unless somebody changed the one that nobody knows', async () => {
    const key = somebody();
    const here = await closed(key);
    await carryOut(here, key, await harness.approved(here, key, 'eradication'));
    expect(await harness.plan(here, key, 'eradication', { round: 2 })).toEqual({ kind: 'nothing' });
    await nextSecond(key);
    await besides(ENDPOINTS.resetPassword, key, {
      body: { passwordProfile: { password: 'chosen-By-1-attacker', forceChangePasswordNextSignIn: false } },
    });
    expect((await harness.planned(here, key, 'eradication', { round: 2 })).steps).toEqual(['reset-password', 'revoke-sessions']);
  });

  it('does nothing to an account that is open, and is carried out once it is closed', async () => {
    const key = somebody();
    const here = await harness.report(key);
    const plan = await harness.approved(here, key, 'eradication');
    const before = harness.writes().length;
    for (const step of plan.steps) await expect(runStep(here, key, plan, step)).rejects.toMatchObject({ code: 'ACCOUNT_OPEN' });
    expect(harness.writes()).toHaveLength(before);
    expect(await kindsIn(here, 'step.intended')).toEqual([]);
    await closeBy(here, key);
    expect([...(await carryOut(here, key, plan)).keys()]).toEqual(plan.steps);
  });
});

describe('another version of a plan', () => {
  async function asked(key: string): Promise<{ about: CaseId; plan: MadePlan; ticked: string[]; open: string }> {
    const about = await closed(key);
    const plan = await harness.planned(about, key, 'eradication');
    const changes = (await planIn(about, plan.digest)).said.steps.flatMap((step) => step.changes);
    const keys = (wanted: boolean) => changes.filter(({ ticked }) => ticked === wanted).map(({ target }) => targetKey(target));
    return { about, plan, ticked: keys(true), open: keys(false)[0] ?? '' };
  }
  const revise = (about: CaseId, key: string, digest: string, ticked: readonly string[], by = 'ada'): Promise<PlanResult> =>
    revisePlan(harness.tools, { caseId: about, subject: harness.id(key), digest, ticked, by: harness.id(by), notes: [] });
  const revised = async (...args: Parameters<typeof revise>): Promise<MadePlan> => {
    const result = await revise(...args);
    if (result.kind !== 'made') throw new Error(`expected another version, got ${JSON.stringify(result)}`);
    return result.plan;
  };

  it('has another digest, records the choice, and is the only one that can be approved', async () => {
    const { about, plan, ticked, open } = await asked('ugo');
    const second = await revised(about, 'ugo', plan.digest, [...ticked, open]);
    expect(second).toMatchObject({ group: 'eradication', round: 1, revision: 2, attempt: plan.attempt, needs: plan.needs });
    expect(second.digest).not.toBe(plan.digest);
    expect(await kindsIn(about, 'choice.recorded')).toMatchObject([
      { body: { digest: plan.digest, by: harness.id('ada'), ticked: true, target: { kind: 'method', id: open.replace('method:', '') } } },
    ]);

    await harness.approve(about, 'ugo', plan.digest, ['bea']);
    const before = harness.writes().length;
    await expect(runStep(about, 'ugo', plan, 'reset-password')).rejects.toMatchObject({ code: 'APPROVAL_LOST' });
    // An approval of the old version is none of the new one.
    await expect(runStep(about, 'ugo', second, 'reset-password')).rejects.toMatchObject({ code: 'APPROVAL_LOST' });
    expect(harness.writes()).toHaveLength(before);

    await harness.approve(about, 'ugo', second.digest, ['bea']);
    await carryOut(about, 'ugo', second);
    expect((await harness.tools.doors.methods.methods(harness.id('ugo'))).value.methods.map(({ kind }) => kind)).toEqual(['password']);
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
    const entries = (await harness.entries(about)).length;
    const nothing = { kind: 'refused', because: 'nothing-changed' };
    expect(await revise(about, key, plan.digest, [...ticked, 'method:of-somebody-else'])).toEqual(nothing);
    expect(await revise(about, key, plan.digest, ticked)).toEqual(nothing);
    expect(await harness.entries(about)).toHaveLength(entries);
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
    expect(await kindsIn(about, 'choice.recorded')).toMatchObject([{ body: { by: harness.id('ada'), ticked: false } }]);
    expect(await kindsIn(about, 'plan.made')).toHaveLength(2);
  });
});

describe('what has changed between a plan and its turn', () => {
  it('a phone whose number was swapped stays, is told, and the others go', async () => {
    const about = await harness.report('dee');
    const plan = await harness.approved(about, 'dee', 'eradication');
    const session = await harness.signIn('dee', 'attacker', ATTACKER);
    await besides(ENDPOINTS.removePhone, 'dee', { methodId: MOBILE_ID });
    const swapped = await harness.hands.addMethod(session, { kind: 'phone', phoneNumber: '+1 5559999', phoneType: 'mobile' });
    expect(swapped).toEqual({ kind: 'done', id: MOBILE_ID });
    await closeBy(about, 'dee');

    const outcomes = await carryOut(about, 'dee', plan);
    expect(outcomes.get('remove-methods')).toMatchObject({ kind: 'verified', dropped: 1, newItems: 1 });
    expect(await kindsIn(about, 'target.dropped')).toMatchObject([{ body: { target: { id: MOBILE_ID }, because: 'item-replaced' } }]);
    const left = (await harness.tools.doors.methods.methods(harness.id('dee'))).value.methods;
    expect(left.map(({ kind }) => kind).sort()).toEqual(['fido2', 'password', 'phone']);

    // Planned again, and asked again.
    const again = await harness.planned(about, 'dee', 'eradication', { round: 2 });
    expect(await ticksIn(about, again.digest)).toEqual({ 'Phone ending in 99 (mobile)': 'ticked, unknown' });
  });

  it('a method that is gone already needs nothing', async () => {
    const key = somebody();
    const about = await closed(key);
    const plan = await harness.approved(about, key, 'eradication');
    await besides(ENDPOINTS.removePhone, key, { methodId: MOBILE_ID });
    const outcomes = await carryOut(about, key, plan);
    expect(outcomes.get('remove-methods')).toMatchObject({ kind: 'verified', dropped: 0, newItems: 0 });
    const unneeded = (await kindsIn(about, 'step.unneeded')).filter(({ body }) => body['step'] === 'remove-methods');
    expect(unneeded).toMatchObject([{ body: { target: { id: MOBILE_ID } } }]);
  });

  it('a method that the attacker adds while the plan waits is counted, and not removed by it', async () => {
    const about = await harness.report('ned');
    const plan = await harness.approved(about, 'ned', 'eradication');
    await harness.hands.addMethod(await harness.signIn('ned', 'attacker', ATTACKER), { kind: 'fido2', displayName: 'Late key' });
    await closeBy(about, 'ned');
    const outcomes = await carryOut(about, 'ned', plan);
    expect(outcomes.get('remove-methods')).toMatchObject({ kind: 'verified', dropped: 0, newItems: 1 });
    expect(harness.tenant.truth.footholds().filter(({ person, present }) => person === 'ned' && present)).toHaveLength(1);

    const again = await harness.approved(about, 'ned', 'eradication', ['ada'], { round: 2 });
    expect(await ticksIn(about, again.digest)).toEqual({ 'Security key “Late key”': 'ticked, attacker' });
    await carryOut(about, 'ned', again);
    expect(harness.tenant.truth.footholds().filter(({ person, present }) => person === 'ned' && present)).toEqual([]);
    expect((await harness.tools.doors.methods.methods(harness.id('ned'))).value.methods.map(({ kind }) => kind).sort()).toEqual([
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
    expect(harness.tenant.secrets().filter(({ value }) => text.includes(value))).toEqual([]);
    // The same search finds them where they belong.
    expect(PERSONAL.filter((value) => shown.rows[0].text.includes(value))).toEqual(
      expect.arrayContaining(['Sunflower', 'Night key', 'Rose key']),
    );
    expect(text).toContain(harness.id('ana'));
  });

  it('keeps the raw answers sealed beside the plan, and what was there beside every intent', async () => {
    const entries = await harness.ledger.entries((await casesOf('ana'))[0] as CaseId);
    const made = entries.find(({ content }) => content.kind === 'plan.made');
    const names = made?.content.attachments.map(({ name }) => name) ?? [];
    expect(names[0]).toBe('labels');
    expect(names.some((name) => name.includes('auth.methods.list'))).toBe(true);
    const raw = await harness.ledger.attachment(
      made?.chain as CaseId,
      made?.seq ?? 0,
      names.find((name) => name.includes('auth.methods.list')) ?? '',
    );
    expect(JSON.stringify(raw.content)).toContain('5550177');
    expect(raw.about?.url).toContain('/authentication/methods');
  });

  const casesOf = async (key: string): Promise<string[]> =>
    (await owner.query('SELECT case_id FROM case_file WHERE subject = $1', [harness.id(key)])).rows.map((row) => row.case_id);
});
