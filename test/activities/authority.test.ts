// Nothing of a plan runs on words that do not hold now. The tenant's journal is
// the judge: a step without authority leaves no request that could have changed
// anything, and with the one fact put right the same step goes through.
import { randomUUID } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { recordDecision } from '../../activities/decisions.ts';
import type { PersonNow } from '../../activities/graph/directory.ts';
import type { Note } from '../../activities/notes.ts';
import { revisePlan } from '../../activities/plans/index.ts';
import type { MadePlan } from '../../activities/plans/make-plan.ts';
import { digestOf, recordedPlan } from '../../activities/plans/plan-record.ts';
import { recheck } from '../../activities/recheck.ts';
import { STEPS } from '../../activities/steps/registry.ts';
import { applyStep, verifyStep } from '../../activities/steps/runner.ts';
import type { Step } from '../../activities/steps/step.ts';
import type { SignedEnvelope } from '../../domain/act.ts';
import { refusalKey } from '../../domain/approval.ts';
import { type FailureCode, remedyOf } from '../../domain/errors.ts';
import { type CaseId, caseId } from '../../domain/ids.ts';
import { type PlanContent, type PlannedStep, planCode, planKey } from '../../domain/plan.ts';
import type { Fact } from '../../domain/step.ts';
import { NOBODY_SEEN } from '../../domain/watch.ts';
import { employee } from '../../drill/tenant/small-company.ts';
import { type House, type HouseTools, openHouse, TEAM } from './house.ts';

const APPROVERS = ['ada', 'bea', 'cai', 'gil', 'sam'];
let house: House;

beforeAll(async () => {
  house = await openHouse(
    [
      employee('root', { roles: ['Global Administrator'] }),
      ...['ada', 'bea', 'cai', 'sam', 'new', 'eve'].map((key) => employee(key)),
      employee('gil', { userType: 'Guest' }),
      employee('pat', { roles: ['Reports Reader'] }),
      employee('keyed', {
        methods: [
          { kind: 'authenticator', displayName: 'Sunflower phone', default: true },
          { kind: 'fido2', displayName: 'Rose key' },
        ],
      }),
      ...Array.from({ length: 110 }, (_, at) => employee(`subject-${at}`)),
    ],
    { approvers: APPROVERS },
  );
});
afterEach(() => house.tenant.faults.clear());

let subjects = 0;
let forgeries = 0;

interface Asked {
  readonly key: string;
  readonly about: CaseId;
  readonly plan: MadePlan;
}

const TWO = () => ({ ...house.policy, stricter: { twoApprovers: ['clean-up'] as const } });

/** A closed account whose clean-up waits for an answer. */
async function asked(how: Parameters<House['report']>[2] = {}, part: Parameters<House['plan']>[3] = {}): Promise<Asked> {
  const key = `subject-${subjects++}`;
  const about = await house.report(key, {}, how);
  for (const step of ['block-sign-in', 'revoke-sessions'] as const) {
    await applyStep(house.tools, STEPS[step], house.run(about, key, { kind: 'policy', brake: null }));
  }
  return { key, about, plan: await house.planned(about, key, 'clean-up', part) };
}

const run = ({ key, about, plan }: Asked, tools: HouseTools = house.tools, generation = plan.generation, notes: readonly Note[] = []) =>
  applyStep(tools, STEPS['reset-password'], { ...house.run(about, key, { kind: 'plan', digest: plan.digest }, generation), notes });

async function expectRefused(asking: () => Promise<unknown>, code: FailureCode): Promise<void> {
  const before = house.writes().length;
  await expect(asking()).rejects.toMatchObject({ code });
  expect(house.writes()).toHaveLength(before);
}

const noteOf = (key: string, event: Note['event']): Note => ({ key, at: new Date().toISOString(), event });

/** Somebody's no, as the case writes it down. */
const declining = ({ about, plan }: Pick<Asked, 'about' | 'plan'>, by: string) => {
  const orHold = noteOf(`held/${by}`, {
    kind: 'case.held',
    schemaVersion: 1,
    reasons: [{ kind: 'declined-too-late' }],
    by: house.id(by),
    endsWith: 'person',
  });
  return recordDecision(house.tools, { caseId: about, notes: [], decline: { digest: plan.digest, by: house.id(by), orHold } });
};

const lost = (scene: Asked): Promise<void> => expectRefused(() => run(scene), 'APPROVAL_LOST');
const runs = (scene: Asked) => expect(run(scene)).resolves.toMatchObject({ kind: 'verified', changed: true });
const approve = ({ about, key, plan }: Asked, ...by: string[]): Promise<void> => house.approve(about, key, plan.digest, by);

/** The look that ends the watch of a released account, as the case has it made. */
async function lookAfterRelease(about: CaseId, key: string, look: number): Promise<void> {
  const now = Date.now();
  const facts = {
    needed: ['block-sign-in', 'revoke-sessions'],
    openedAt: now - 60_000,
    closedAt: null,
    releasedAt: now - 1_000,
    outsideReach: [],
    closings: 1,
    closedByUs: true,
    known: NOBODY_SEEN,
  } as const;
  await recheck(house.tools, { caseId: about, subject: house.id(key), look, cleaned: false, facts, notes: [], lastTry: true });
  expect((await house.entries(about)).at(-1)).toMatchObject({ kind: 'watch.ended', body: { outcome: 'released' } });
}

const madeIn = async ({ about, plan }: Asked) => {
  const entry = (await house.ledger.entries(about)).find(
    ({ content }) => content.kind === 'plan.made' && content.body['digest'] === plan.digest,
  );
  if (entry === undefined) throw new Error('expected the plan in the record');
  return entry.content.body;
};

describe('a step of a plan does not run', () => {
  it('when nobody has approved it', async () => {
    const scene = await asked();
    await lost(scene);
    await approve(scene, 'ada');
    await runs(scene);
  });

  it('when its approver has left the group since', async () => {
    const scene = await asked();
    await approve(scene, 'ada');
    await house.hands.leaveGroup({ group: house.group, person: 'ada' });
    await lost(scene);
    await house.hands.joinGroup({ group: house.group, person: 'ada' });
    await runs(scene);
  });

  it('when its approver has joined the group only since the baseline', async () => {
    const scene = await asked();
    await house.hands.joinGroup({ group: house.group, person: 'new' });
    await approve(scene, 'new');
    await lost(scene);
    // A newer one does not help in a case that is older.
    await house.rebase();
    await lost(scene);
    await approve(scene, 'ada');
    await runs(scene);
  });

  it('when its approver is the person it is about', async () => {
    const about = await house.report('sam', {}, { by: 'eve' });
    const plan = await house.planned(about, 'sam', 'contain');
    const step = () =>
      applyStep(house.tools, STEPS['block-sign-in'], house.run(about, 'sam', { kind: 'plan', digest: plan.digest }, plan.generation));
    await house.approve(about, 'sam', plan.digest, ['sam']);
    await expectRefused(step, 'APPROVAL_LOST');
    await house.approve(about, 'sam', plan.digest, ['ada']);
    await expect(step()).resolves.toMatchObject({ kind: 'verified' });
    await house.hands.enableByHand({ person: 'sam', by: 'root' });
  });

  it('when its approver has reported the case', async () => {
    const scene = await asked({ by: 'ada' });
    await approve(scene, 'ada');
    await lost(scene);
    await approve(scene, 'bea');
    await runs(scene);
  });

  it('when its approver has reported the account as well, after approving', async () => {
    const scene = await asked();
    await approve(scene, 'ada');
    await house.reportAgain(scene.about, scene.key, 'ada');
    await lost(scene);
    await approve(scene, 'bea');
    await runs(scene);
  });

  it('when its approver asked for it', async () => {
    const scene = await asked({}, { askedBy: house.id('ada') });
    await approve(scene, 'ada');
    await lost(scene);
    await approve(scene, 'bea');
    await runs(scene);
  });

  it('when its approver is a guest', async () => {
    const scene = await asked();
    await approve(scene, 'gil');
    await lost(scene);
    await approve(scene, 'ada');
    await runs(scene);
  });

  it('when the account of its approver is disabled', async () => {
    const scene = await asked();
    await approve(scene, 'ada');
    await house.hands.disableByHand({ person: 'ada', by: 'root' });
    await lost(scene);
    await house.hands.enableByHand({ person: 'ada', by: 'root' });
    await runs(scene);
  });

  it('when the closing of its approver’s own account was ratified', async () => {
    const own = await house.report('cai', {}, { by: 'eve' });
    const scene = await asked();
    await approve(scene, 'cai');
    const ratified = { kind: 'closing.ratified', schemaVersion: 1, by: house.id('ada') } as const;
    const note = { key: 'closing/ratified', at: new Date().toISOString(), event: ratified };
    await recordDecision(house.tools, { caseId: own, notes: [note], decline: null });
    await lost(scene);
    // A false alarm, it turned out: the watch after the release ended well.
    await lookAfterRelease(own, 'cai', 1);
    await runs(scene);
    // Closed once more since, and ratified: that release says nothing of it.
    const closed = { kind: 'account.closed', schemaVersion: 1, closedAt: note.at, effectiveBy: note.at } as const;
    await recordDecision(house.tools, { caseId: own, notes: [{ ...note, key: 'account/closed/2', event: closed }], decline: null });
    const second = await asked();
    await approve(second, 'cai');
    await lost(second);
    await lookAfterRelease(own, 'cai', 2);
    await runs(second);
  });

  it.each<[string, Partial<PersonNow>]>([
    ['a guest', { guest: true }],
    ['disabled', { enabled: false }],
    ['not in the group', { inGroup: false }],
  ])('when the directory says nothing else of its approver than: %s', async (_, fact) => {
    const scene = await asked();
    await approve(scene, 'ada');
    const { reader } = house.tools;
    const saying = {
      ...reader,
      personNow: async (...who: Parameters<typeof reader.personNow>) => ({ ...(await reader.personNow(...who)), ...fact }),
    };
    await expectRefused(() => run(scene, { ...house.tools, reader: saying }), 'APPROVAL_LOST');
    await runs(scene);
  });

  it('on one person’s word under two Slack accounts, where two people are needed', async () => {
    const scene = await asked({ policy: TWO() });
    expect(scene.plan.needs.approvers).toBe(2);
    const ada = { slackTeam: TEAM, objectId: house.id('ada'), name: 'ada', phone: null };
    await house.confirm([{ ...ada, slackUser: 'UADASECOND' }]);
    await approve(scene, 'ada');
    const values = { case: scene.about, wordsSha256: null, plan: scene.plan.digest, code: planCode(scene.plan.digest) };
    expect(await house.weigh(scene.about, scene.key, [house.sign('ada', { act: 'approve', person: 'UADASECOND', values })])).toMatchObject({
      decisions: [{ person: house.id('ada') }],
    });
    await lost(scene);
    await approve(scene, 'bea');
    await runs(scene);
  });

  it('on a yes that did not count when it was given: another one who was lost is not made up for by it', async () => {
    const scene = await asked({ policy: TWO() });
    const { about, key, plan } = scene;
    await approve(scene, 'bea', 'cai');
    const { decisions } = await house.decide(about, key, 'ada', 'approve', { plan: plan.digest, code: planCode(plan.digest) });
    const refusal: Note = {
      key: refusalKey(decisions[0]?.key ?? ''),
      at: new Date().toISOString(),
      event: {
        kind: 'decision.refused',
        schemaVersion: 1,
        act: 'approve',
        person: house.id('ada'),
        because: 'locked-out',
        plan: plan.digest,
      },
    };
    await house.hands.leaveGroup({ group: house.group, person: 'bea' });
    // It may still ride with the step itself.
    await expectRefused(() => run(scene, house.tools, plan.generation, [refusal]), 'APPROVAL_LOST');
    await lost(scene);
    await approve(scene, 'ada');
    await runs(scene);
    await house.hands.joinGroup({ group: house.group, person: 'bea' });
  });

  it('once one of its two approvers may not any more', async () => {
    const scene = await asked({ policy: TWO() });
    await approve(scene, 'ada', 'bea');
    await house.hands.leaveGroup({ group: house.group, person: 'bea' });
    await lost(scene);
    await house.hands.joinGroup({ group: house.group, person: 'bea' });
    await runs(scene);
  });

  it('under a generation that is another plan’s', async () => {
    const scene = await asked();
    const other = await house.planned(scene.about, scene.key, 'clean-up', { round: 2 });
    await approve(scene, 'ada');
    await expectRefused(() => run(scene, house.tools, other.generation), 'PLAN_UNKNOWN');
    await runs(scene);
  });

  it('when somebody has declined it first', async () => {
    const scene = await asked();
    await approve(scene, 'ada');
    expect(await declining(scene, 'bea')).toEqual({ declined: true });
    await expectRefused(() => run(scene), 'PLAN_DECLINED');
  });

  it.each(['expired', 'replaced'] as const)('when it was %s before it began', async (what) => {
    const scene = await asked();
    await approve(scene, 'ada');
    const { digest } = scene.plan;
    const event =
      what === 'expired'
        ? ({ kind: 'plan.expired', schemaVersion: 1, digest } as const)
        : ({ kind: 'plan.replaced', schemaVersion: 1, digest, because: 'another plan was approved' } as const);
    const notes = [{ key: planKey(digest, what), at: new Date().toISOString(), event }];
    await recordDecision(house.tools, { caseId: scene.about, notes, decline: null });
    await lost(scene);
  });

  it('when another version has taken its place', async () => {
    const scene = await asked();
    await approve(scene, 'ada');
    const result = await revisePlan(house.tools, {
      caseId: scene.about,
      subject: house.id(scene.key),
      digest: scene.plan.digest,
      ticked: [],
      by: house.id('bea'),
      notes: [],
    });
    if (result.kind !== 'made') throw new Error('expected another version');
    await lost(scene);
    const second = { ...scene, plan: result.plan };
    await lost(second);
    await approve(second, 'ada');
    await runs(second);
  });
});

describe('what follows from a decision', () => {
  it('is written into no case that the record does not know', async () => {
    const nobodys = caseId(randomUUID());
    const { plan } = await asked();
    await expect(declining({ about: nobodys, plan }, 'ada')).rejects.toMatchObject({ code: 'CASE_UNKNOWN' });
    expect(await house.entries(nobodys)).toEqual([]);
  });

  it('is written once, also when the no of one person is written again, or another one follows', async () => {
    const scene = await asked();
    const { about } = scene;
    const no = (by: string) => declining(scene, by);
    expect([await no('ada'), await no('ada'), await no('bea')]).toEqual([{ declined: true }, { declined: true }, { declined: true }]);
    expect((await house.entries(about)).filter(({ kind }) => kind === 'plan.declined')).toMatchObject([{ body: { by: house.id('ada') } }]);
  });
});

describe('a plan that has begun', () => {
  it('stops for a late no, and goes on when somebody says so: its age and a late change leave no job half done', async () => {
    const scene = await asked();
    await approve(scene, 'ada');
    await runs(scene);
    const { about, plan, key } = scene;
    expect(await declining(scene, 'bea')).toEqual({ declined: false });
    const notes = [
      {
        key: planKey(plan.digest, 'expired'),
        at: new Date().toISOString(),
        event: { kind: 'plan.expired', schemaVersion: 1, digest: plan.digest } as const,
      },
    ];
    await recordDecision(house.tools, { caseId: about, notes, decline: null });
    const removing = (riding: readonly Note[] = []) =>
      applyStep(house.tools, STEPS['remove-methods'], {
        ...house.run(about, key, { kind: 'plan', digest: plan.digest }, plan.generation),
        notes: riding,
      });
    await expectRefused(removing, 'CASE_HELD');
    const goOn = noteOf('hold/ended/1', { kind: 'hold.ended', schemaVersion: 1, because: 'Somebody says go on.', by: house.id('cai') });
    // Held once more before the step came to it: what was said before does not count for this hold.
    await recordDecision(house.tools, { caseId: about, notes: [goOn], decline: null });
    const again = noteOf('held/again', {
      kind: 'case.held',
      schemaVersion: 1,
      reasons: [{ kind: 'by-hand' }],
      by: house.id('bea'),
      endsWith: 'person',
    });
    await recordDecision(house.tools, { caseId: about, notes: [again], decline: null });
    await expectRefused(() => removing([goOn]), 'CASE_HELD');
    await expect(removing([{ ...goOn, key: 'hold/ended/2' }])).resolves.toMatchObject({ kind: 'verified' });
  });

  it('goes no further once another has taken its place, also when its approver is back', async () => {
    const scene = await asked();
    await approve(scene, 'ada');
    await runs(scene);
    const { about, plan, key } = scene;
    const because = 'an approver lost the right to approve' as const;
    const replaced = noteOf(planKey(plan.digest, 'replaced'), { kind: 'plan.replaced', schemaVersion: 1, digest: plan.digest, because });
    await recordDecision(house.tools, { caseId: about, notes: [replaced], decline: null });
    const order = house.run(about, key, { kind: 'plan', digest: plan.digest }, plan.generation);
    await expectRefused(() => applyStep(house.tools, STEPS['revoke-sessions'], order), 'APPROVAL_LOST');
    // The step that is done already is not done again either, when the engine asks for it once more.
    await lost(scene);
  });

  it('asks for authority again before each of its steps', async () => {
    const scene = await asked();
    await approve(scene, 'ada');
    await runs(scene);
    const { about, plan, key } = scene;
    const removing = () =>
      applyStep(house.tools, STEPS['remove-methods'], house.run(about, key, { kind: 'plan', digest: plan.digest }, plan.generation));
    await house.hands.leaveGroup({ group: house.group, person: 'ada' });
    await expectRefused(removing, 'APPROVAL_LOST');
    await house.hands.joinGroup({ group: house.group, person: 'ada' });
    await expect(removing()).resolves.toMatchObject({ kind: 'verified' });
  });
});

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
    house.forge(scene.about, { key: `act/forged-${forgeries++}`, kind: 'decision.received', body: received(scene, signed, part) });

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
    const said = { case: scene.about, wordsSha256: null, ...(act === 'decline' ? { plan: scene.plan.digest } : {}) };
    await forge(scene, house.sign('ada', { act, values: said } as Parameters<House['sign']>[1]));
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

describe('a plan that somebody put into the record', () => {
  const forge = (about: CaseId, body: unknown): Promise<void> =>
    house.forge(about, { key: `plan/forged/${forgeries++}/made`, kind: 'plan.made', body });

  /** The clean-up of that case as its digest was made of, with something changed. */
  async function another(scene: Asked, part: Partial<PlanContent>): Promise<{ readonly digest: string; readonly content: PlanContent }> {
    const { content } = recordedPlan(await house.ledger.entries(scene.about), scene.about, scene.plan.digest);
    const changed = { ...content, ...part };
    return { digest: digestOf(changed), content: changed };
  }
  const said = ({ digest, content }: Awaited<ReturnType<typeof another>>, part: object = {}) => {
    const { case: _case, ...fields } = content;
    return { ...fields, digest, needs: { approvers: 1, stepUp: false }, askedBy: null, because: 'the account was closed', ...part };
  };

  it('is none when its digest does not fit it', async () => {
    const scene = await asked();
    const { digest } = await another(scene, { round: 7 });
    const body = { ...(await madeIn(scene)), digest };
    await forge(scene.about, body);
    const forged = { ...scene, plan: { ...scene.plan, digest } };
    await approve(forged, 'ada');
    await expectRefused(() => run(forged), 'PLAN_UNKNOWN');
  });

  it('is none when it was another case’s', async () => {
    const [scene, elsewhere] = [await asked(), await asked()];
    await forge(scene.about, await madeIn(elsewhere));
    const moved = { ...scene, plan: elsewhere.plan };
    await approve(moved, 'ada');
    await expectRefused(() => run(moved), 'PLAN_UNKNOWN');
    await approve(elsewhere, 'ada');
    await runs(elsewhere);
  });

  it('does not run when nobody approved it, though its digest fits', async () => {
    const scene = await asked();
    await approve(scene, 'ada');
    const forged = await another(scene, { round: 8, generation: 90 });
    await forge(scene.about, said(forged));
    const step = house.run(scene.about, scene.key, { kind: 'plan', digest: forged.digest }, 90);
    await expectRefused(() => applyStep(house.tools, STEPS['reset-password'], step), 'APPROVAL_LOST');
    await runs(scene);
  });

  it('does not hide the one that people approved', async () => {
    const scene = await asked();
    await approve(scene, 'ada');
    await forge(scene.about, { ...(await madeIn(scene)), steps: [] });
    await runs(scene);
  });

  it('does not make itself milder: what an account of this kind needs follows from what was learned of it', async () => {
    const about = await house.report('pat', {}, { by: 'eve' });
    const privileged = { key: 'pat', about, plan: await house.planned(about, 'pat', 'clean-up') };
    expect(privileged.plan.needs).toEqual({ approvers: 2, stepUp: true });
    const forged = await another(privileged, { round: 9, generation: 91 });
    await forge(about, said(forged));
    await house.approve(about, 'pat', forged.digest, ['ada', 'bea', 'sam']);
    const step = house.run(about, 'pat', { kind: 'plan', digest: forged.digest }, 91);
    await expectRefused(() => applyStep(house.tools, STEPS['reset-password'], step), 'APPROVAL_LOST');
    // The very same forgery on an ordinary account stands and falls with its approvals.
    const ordinary = await asked();
    const milder = await another(ordinary, { round: 9, generation: 92 });
    await forge(ordinary.about, said(milder));
    await approve({ ...ordinary, plan: { ...ordinary.plan, digest: milder.digest } }, 'ada');
    const same = house.run(ordinary.about, ordinary.key, { kind: 'plan', digest: milder.digest }, 92);
    await expect(applyStep(house.tools, STEPS['reset-password'], same)).resolves.toMatchObject({ kind: 'verified' });
  });

  it('does not make two approvers one', async () => {
    const scene = await asked({ policy: TWO() });
    const forged = await another(scene, { round: 9, generation: 93 });
    await forge(scene.about, said(forged));
    await approve({ ...scene, plan: { ...scene.plan, digest: forged.digest } }, 'ada');
    const step = () =>
      applyStep(house.tools, STEPS['reset-password'], house.run(scene.about, scene.key, { kind: 'plan', digest: forged.digest }, 93));
    await expectRefused(step, 'APPROVAL_LOST');
    await approve({ ...scene, plan: { ...scene.plan, digest: forged.digest } }, 'bea');
    await expect(step()).resolves.toMatchObject({ kind: 'verified' });
  });

  it('does not void an approved one unless it is a plan itself', async () => {
    const scene = await asked();
    await approve(scene, 'ada');
    await forge(scene.about, { ...(await madeIn(scene)), revision: 2, digest: 'f'.repeat(64) });
    await runs(scene);
  });
});

describe('a plan that somebody laid down beforehand', () => {
  const change = (key: string, from: Fact, to: Fact) => ({
    target: { kind: 'account', id: house.id(key) } as const,
    from,
    to,
    why: 'w',
    undo: { kind: 'can', how: 'h' } as const,
    ticked: true,
    sorted: null,
  });
  const opening = (key: string): PlannedStep => ({ step: 'release-false-alarm', changes: [change(key, false, true)] });
  const blocking = (key: string): PlannedStep => ({ step: 'block-sign-in', changes: [change(key, true, false)] });
  const resetting = (key: string, ticked = true): PlannedStep => ({
    step: 'reset-password',
    changes: [{ ...change(key, null, '2026-11-20T03:10:00Z'), ticked }],
  });

  /** With a digest that fits it. */
  async function layDown(
    { about }: Pick<Asked, 'about'>,
    part: Pick<PlanContent, 'group' | 'steps'> & Partial<PlanContent>,
  ): Promise<{ readonly digest: string; readonly generation: number }> {
    const content: PlanContent = {
      case: about,
      round: 2,
      revision: 1,
      generation: 900,
      byHand: [],
      kept: [],
      labelsSha256: 'a'.repeat(64),
      ...part,
    };
    const { case: _case, ...said } = content;
    const digest = digestOf(content);
    const body = { ...said, digest, needs: { approvers: 1, stepUp: false }, askedBy: null, because: 'the facts had aged' };
    await house.forge(about, { key: `plan/${content.group}/${content.round}/1/made`, kind: 'plan.made', body });
    return { digest, generation: content.generation };
  }

  it.each<[PlanContent['group'], string, (key: string) => readonly PlannedStep[]]>([
    ['contain', 'opens the account', (key) => [opening(key)]],
    ['clean-up', 'opens the account', (key) => [opening(key)]],
    ['contain', 'resets the password', (key) => [resetting(key)]],
    ['clean-up', 'blocks', (key) => [blocking(key)]],
    ['release', 'opens before it resets the password', (key) => [opening(key), resetting(key)]],
    ['release', 'leaves the reset unticked', (key) => [resetting(key, false), opening(key)]],
    ['undo', 'opens the account', (key) => [opening(key)]],
  ])('runs in no step when, called a %s, it %s', async (group, _, steps) => {
    const scene = await asked();
    const { about, key } = scene;
    const { digest, generation } = await layDown(scene, { group, steps: steps(key) });
    await house.approve(about, key, digest, ['ada', 'bea']);
    const order = house.run(about, key, { kind: 'plan', digest }, generation);
    for (const { step } of steps(key)) {
      await expectRefused(() => applyStep(house.tools, STEPS[step] as Step<unknown>, order), 'PLAN_UNKNOWN');
    }
  });

  it.each<[string, (scene: Asked) => Promise<unknown>]>([
    ['steps of another group', (scene) => layDown(scene, { group: 'clean-up', steps: [opening(scene.key)] })],
    ['a generation that is yet to come', (scene) => layDown(scene, { group: 'clean-up', steps: [resetting(scene.key)] })],
    [
      'the generation of the closing, where things are done already',
      (scene) => layDown(scene, { group: 'clean-up', steps: [resetting(scene.key)], generation: 1 }),
    ],
    [
      'the generation of another plan',
      (scene) => layDown(scene, { group: 'clean-up', steps: [resetting(scene.key)], generation: scene.plan.generation }),
    ],
    [
      'another round than its key',
      async ({ about, key }) => {
        const { digest } = await layDown({ about }, { group: 'clean-up', steps: [resetting(key)], round: 3 });
        const [body] = (await house.entries(about)).filter((entry) => entry.body['digest'] === digest).map((entry) => entry.body);
        await house.forge(about, { key: 'plan/clean-up/2/1/made', kind: 'plan.made', body });
      },
    ],
  ])('is not taken for the one that the case asks for, when it has %s', async (_, lay) => {
    const scene = await asked();
    await lay(scene);
    const making = () => house.plan(scene.about, scene.key, 'clean-up', { round: 2, because: 'the facts had aged' });
    await expectRefused(making, 'PLAN_UNKNOWN');
    // The one that stands keeps running.
    await approve(scene, 'ada');
    await runs(scene);
  });
});

describe('an intent that somebody put into the record', () => {
  const account = (key: string, from: Fact, to: Fact) => ({
    target: { kind: 'account', id: house.id(key) },
    from,
    to,
    why: 'w',
    undo: { kind: 'can', how: 'h' },
  });

  it('opens no account on the policy’s word, though the activity has the arguments of the block', async () => {
    const { about, key } = await asked();
    const target = `account:${house.id(key)}`;
    const body = { step: 'release-false-alarm', generation: 1, change: account(key, false, true), by: 'policy', undoes: null };
    await house.forge(about, { key: `1/release-false-alarm/${target}/intended`, kind: 'step.intended', body });
    const order = house.run(about, key, { kind: 'policy', brake: null });
    await expectRefused(() => applyStep(house.tools, STEPS['release-false-alarm'], order), 'INTENT_MISSING');
    await expectRefused(() => verifyStep(house.tools, STEPS['release-false-alarm'], order), 'INTENT_MISSING');
    expect(house.tenant.truth.account(key).enabled).toBe(false);
  });

  it.each(['reset-password', 'remove-methods', 'release-false-alarm'] as const)(
    'is not needed: the policy never orders %s',
    async (step) => {
      const { about, key } = await asked();
      const order = house.run(about, key, { kind: 'policy', brake: null });
      await expectRefused(() => applyStep(house.tools, STEPS[step] as Step<unknown>, order), 'INTENT_MISSING');
    },
  );

  it('takes away nothing that people did not tick', async () => {
    const about = await house.report('keyed');
    for (const step of ['block-sign-in', 'revoke-sessions'] as const) {
      await applyStep(house.tools, STEPS[step], house.run(about, 'keyed', { kind: 'policy', brake: null }));
    }
    const plan = await house.approved(about, 'keyed', 'clean-up', ['ada']);
    const { digest, generation } = plan;
    const order = house.run(about, 'keyed', { kind: 'plan', digest }, generation);
    await applyStep(house.tools, STEPS['reset-password'], order);
    const rose = (await house.tools.doors.methods.methods(house.id('keyed'))).value.methods.find(({ kind }) => kind === 'fido2');
    const { kept } = recordedPlan(await house.ledger.entries(about), about, digest).content;
    expect(kept).toHaveLength(1);
    const target = { kind: 'method', id: rose?.id, method: 'fido2' };
    const change = { target, from: kept[0], to: null, why: 'w', undo: { kind: 'cannot', sentence: 's' } };
    const body = { step: 'remove-methods', generation, change, by: `plan/${digest}`, undoes: null };
    await house.forge(about, { key: `${generation}/remove-methods/method:${rose?.id}/intended`, kind: 'step.intended', body });
    await expectRefused(() => applyStep(house.tools, STEPS['remove-methods'], order), 'INTENT_MISSING');
  });

  it.each<[string, (key: string) => object]>([
    // The password was changed since then: by whoever sent the prompt.
    ['is of a time before the plan', (key) => ({ change: account(key, null, '2020-01-01T00:00:00Z') })],
    ['says no time', (key) => ({ change: account(key, null, 'later') })],
    ['takes something back', () => ({ undoes: 'f'.repeat(64) })],
    ['is of another plan', () => ({ by: `plan/${'f'.repeat(64)}` })],
  ])('does not pass for a new password when it %s', async (_, part) => {
    const scene = await asked();
    const { about, key, plan } = scene;
    await approve(scene, 'ada');
    const { generation, digest } = plan;
    const change = account(key, null, new Date().toISOString());
    const body = { step: 'reset-password', generation, change, by: `plan/${digest}`, undoes: null, ...part(key) };
    const target = `account:${house.id(key)}`;
    await house.forge(about, { key: `${generation}/reset-password/${target}/intended`, kind: 'step.intended', body });
    await expectRefused(() => run(scene), 'INTENT_MISSING');
  });
});

describe('a directory that does not answer', () => {
  it.each([
    ['user.get', 503, 'GRAPH_UNAVAILABLE'],
    ['groups.transitiveMemberOf', 503, 'GRAPH_UNAVAILABLE'],
    ['groups.transitiveMemberOf', 429, 'GRAPH_THROTTLED'],
  ] as const)('is asked again (%s: %i): nothing runs meanwhile, and nothing is lost', async (operation, status, code) => {
    const scene = await asked();
    await approve(scene, 'ada');
    house.tenant.faults.add({ operation, actorKey: 'reader', person: 'ada', occurrence: { from: 1 }, kind: 'status', status });
    await expectRefused(() => run(scene), code);
    expect(remedyOf(code)).toBe('retry');
    house.tenant.faults.clear();
    await runs(scene);
  });

  it('keeps a step waiting for an answer that does not come, and lets it go on when one does', async () => {
    const scene = await asked();
    await approve(scene, 'ada');
    house.tenant.faults.add({
      operation: 'user.get',
      actorKey: 'reader',
      person: 'ada',
      occurrence: 1,
      kind: 'timeout-before',
      hangMs: 1_500,
    });
    await expectRefused(() => run(scene), 'GRAPH_TIMED_OUT');
    expect(remedyOf('GRAPH_TIMED_OUT')).toBe('retry');
    await runs(scene);
  });
});

describe('an undo', () => {
  const planned = (key: string, about: CaseId, { digest, generation }: MadePlan) =>
    house.run(about, key, { kind: 'plan', digest }, generation);
  const switchBy = (key: string, about: CaseId, plan: MadePlan) => () =>
    applyStep(house.tools, STEPS['release-false-alarm'], planned(key, about, plan));

  /** A new password, and the account opened. Times of passwords are whole seconds: set twice in one of them, nobody can tell the second time. */
  async function release(key: string, about: CaseId, round = 1): Promise<void> {
    const plan = await house.approved(about, key, 'release', ['ada'], { round });
    const { passwordChangedAt } = house.tenant.truth.account(key);
    await expect.poll(() => Math.floor(Date.now() / 1000)).toBeGreaterThan(Math.floor(Date.parse(passwordChangedAt) / 1000));
    await expect(applyStep(house.tools, STEPS['reset-password'], planned(key, about, plan))).resolves.toMatchObject({ kind: 'verified' });
    await switchBy(key, about, plan)();
    expect(house.tenant.truth.account(key).enabled).toBe(true);
  }

  async function released(): Promise<{ readonly key: string; readonly about: CaseId }> {
    const key = `subject-${subjects++}`;
    const about = await house.report(key, { what: 'denied-or-ignored' });
    for (const step of ['block-sign-in', 'revoke-sessions'] as const) {
      await applyStep(house.tools, STEPS[step], house.run(about, key, { kind: 'policy', brake: null }));
    }
    await release(key, about);
    return { key, about };
  }

  it('does not run twice, though both its plans were approved, and takes back no release that came after it', async () => {
    const { key, about } = await released();
    const [one, other] = [await house.approved(about, key, 'undo'), await house.approved(about, key, 'undo', ['bea'], { round: 2 })];
    await expect(switchBy(key, about, other)()).resolves.toMatchObject({ kind: 'verified', changed: true });
    // Run again, it does nothing more.
    await expect(switchBy(key, about, other)()).resolves.toMatchObject({ kind: 'verified', changed: true });
    await expectRefused(switchBy(key, about, one), 'APPROVAL_LOST');
    await release(key, about, 2);
    await expectRefused(switchBy(key, about, one), 'APPROVAL_LOST');
    expect(house.tenant.truth.account(key).enabled).toBe(true);
    const third = await house.approved(about, key, 'undo', ['bea'], { round: 3 });
    await expect(switchBy(key, about, third)()).resolves.toMatchObject({ kind: 'verified', changed: true });
  });

  it('is nothing that somebody calls by its name: it takes back, and does nothing else', async () => {
    const { key, about } = await released();
    const plan = await house.approved(about, key, 'undo');
    const other = await house.planned(about, key, 'clean-up');
    const entries = await house.ledger.entries(about);
    const { content } = recordedPlan(entries, about, plan.digest);
    const { content: cleanUp } = recordedPlan(entries, about, other.digest);
    // Under another name the removal of every method would reach an account that is open.
    const forged = { ...content, round: 9, generation: 95, steps: cleanUp.steps };
    const { case: _case, ...fields } = forged;
    const digest = digestOf(forged);
    const body = { ...fields, digest, needs: plan.needs, askedBy: null, because: 'a person asked for it' };
    await house.forge(about, { key: 'plan/forged/undo/made', kind: 'plan.made', body });
    await house.approve(about, key, digest, ['ada']);
    const run = house.run(about, key, { kind: 'plan', digest }, 95);
    await expectRefused(() => applyStep(house.tools, STEPS['remove-methods'], run), 'PLAN_UNKNOWN');
    await expect(switchBy(key, about, plan)()).resolves.toMatchObject({ kind: 'verified' });
  });
});
