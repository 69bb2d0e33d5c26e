// What people are asked to approve, and what comes of it, on a real tenant. The
// tenant's own truth judges what was changed, the record what was said.
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { Pool } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { CALLS, type Call } from '../../activities/graph/calls.ts';
import { DONE } from '../../activities/graph/shapes.ts';
import { type CleanUpFacts, drawCleanUp } from '../../activities/plans/clean-up.ts';
import { makePlan, type PlanResult, revisePlan } from '../../activities/plans/index.ts';
import type { MadePlan } from '../../activities/plans/make-plan.ts';
import { STEPS } from '../../activities/steps/registry.ts';
import { applyStep } from '../../activities/steps/runner.ts';
import type { Step } from '../../activities/steps/step.ts';
import { survey } from '../../activities/survey.ts';
import type { CaseId } from '../../domain/ids.ts';
import type { MethodKind, SeenMethod } from '../../domain/method.ts';
import { type PlanLabels, type PlannedStep, planCode } from '../../domain/plan.ts';
import { windowOf } from '../../domain/signs.ts';
import { fateOf, sortMethod } from '../../domain/sorting.ts';
import { type StepName, type StepOutcome, targetKey } from '../../domain/step.ts';
import type { MethodSeed } from '../../drill/tenant/company.ts';
import { employee } from '../../drill/tenant/small-company.ts';
import { type House, kindsOf, openHouse } from './house.ts';

const HOME = '192.0.2.10';
const INTRUDER = '203.0.113.77';
const HOUR = 60 * 60 * 1000;

/** Every kind that the practice tenant has, as their owner calls them. */
const BELONGINGS: readonly MethodSeed[] = [
  { kind: 'authenticator', displayName: 'Sunflower phone', default: true },
  { kind: 'phone', phoneNumber: '+1 5550177', phoneType: 'mobile' },
  { kind: 'phone', phoneNumber: '+1 5550178', phoneType: 'alternateMobile' },
  { kind: 'phone', phoneNumber: '+1 5550179', phoneType: 'office' },
  { kind: 'email', emailAddress: 'quiet.garden@mail.example' },
  { kind: 'softwareOath' },
  { kind: 'tap', lifetimeInMinutes: 60, isUsableOnce: true },
  { kind: 'external', displayName: 'Lilac factor' },
  { kind: 'fido2', displayName: 'Rose key' },
  { kind: 'hello', displayName: 'Tulip laptop' },
  { kind: 'platformCredential', displayName: 'Iris mac', platform: 'macOS' },
];
const PERSONAL = [
  '5550177',
  '5550178',
  '5550179',
  'quiet.garden',
  'mail.example',
  'Sunflower',
  'Lilac',
  'Rose key',
  'Tulip',
  'Iris',
  'Night key',
  'Night phone',
  INTRUDER,
  HOME,
  'ana@contoso.example',
];
const PHONE: MethodSeed = { kind: 'phone', phoneNumber: '+1 5550177', phoneType: 'mobile' };
const APP: MethodSeed = { kind: 'authenticator', displayName: 'Sunflower phone', default: true };
const OLD_KEY: MethodSeed = { kind: 'fido2', displayName: 'Rose key' };
/** Added within the day before the report, and no log tells by whom. */
const newKey = (): MethodSeed => ({ kind: 'fido2', displayName: 'Moss key', createdDateTime: new Date(Date.now() - HOUR).toISOString() });

const STAFF = ['ada', 'bea', 'cai'];
let house: House;
let owner: Pool;

beforeAll(async () => {
  const ordinary = (key: string, ...methods: MethodSeed[]) => employee(key, methods.length === 0 ? {} : { methods });
  house = await openHouse(
    [
      employee('root', { roles: ['Global Administrator'] }),
      ...STAFF.map((key) => employee(key)),
      employee('ana', { methods: BELONGINGS }),
      ordinary('uma', APP, newKey()),
      ordinary('ugo', APP, newKey()),
      ordinary('una', APP, newKey()),
      ordinary('kim', APP, { kind: 'fido2', displayName: 'Fern key', createdDateTime: new Date(Date.now() - 40 * HOUR).toISOString() }),
      ordinary('dee', PHONE, { kind: 'email', emailAddress: 'quiet.pond@mail.example' }, OLD_KEY),
      ordinary('gus', APP, PHONE),
      ordinary('ned', APP, PHONE, OLD_KEY),
      ...Array.from({ length: 50 }, (_, at) => ordinary(`plain-${at}`, APP, PHONE)),
      employee('syd', { synced: true, methods: [APP] }),
      employee('sol', { synced: true, methods: [OLD_KEY] }),
      employee('shy', { synced: true, enabled: false, methods: [APP] }),
      employee('fay', { upn: 'fay@fabrikam.example', methods: [APP] }),
      employee('gil', { userType: 'Guest', methods: [APP] }),
      employee('mia', { enabled: false, methods: [APP] }),
    ],
    { approvers: STAFF, domains: [{ name: 'fabrikam.example', authentication: 'Federated' }] },
  );
  owner = new Pool({ connectionString: house.databaseUrl });
  owner.on('error', () => undefined);
});
afterAll(() => owner.end());
afterEach(() => {
  house.tenant.faults.clear();
  vi.restoreAllMocks();
});

let plains = 0;
/** Somebody ordinary, with an app and a phone, who was in no test before. */
const somebody = (): string => `plain-${plains++}`;

async function closed(key: string, what: 'approved' | 'denied-or-ignored' = 'approved'): Promise<CaseId> {
  const about = await house.report(key, { what });
  await closeBy(about, key);
  return about;
}

async function closeBy(about: CaseId, key: string): Promise<void> {
  for (const step of ['block-sign-in', 'revoke-sessions'] as const) {
    await applyStep(house.tools, STEPS[step], house.run(about, key, { kind: 'policy', brake: null }));
  }
}

const runStep = (about: CaseId, key: string, plan: MadePlan, step: StepName): Promise<StepOutcome> =>
  applyStep(house.tools, STEPS[step] as Step<unknown>, house.run(about, key, { kind: 'plan', digest: plan.digest }, plan.generation));

/** Times of passwords and sessions are whole seconds: changed twice in one of them, nobody can tell the second time. */
async function nextSecond(key: string): Promise<void> {
  const { passwordChangedAt, signInSessionsValidFrom } = house.tenant.truth.account(key);
  const last = Math.max(Date.parse(passwordChangedAt), Date.parse(signInSessionsValidFrom));
  await expect.poll(() => Math.floor(Date.now() / 1000)).toBeGreaterThan(Math.floor(last / 1000));
}

/** Every step of a plan, in its order, each seen done. */
async function carryOut(about: CaseId, key: string, plan: MadePlan): Promise<Map<StepName, StepOutcome>> {
  const outcomes = new Map<StepName, StepOutcome>();
  for (const step of plan.steps) {
    if (step === 'reset-password' || step === 'revoke-sessions') await nextSecond(key);
    const outcome = await runStep(about, key, plan, step);
    expect(outcome).toMatchObject({ kind: 'verified' });
    outcomes.set(step, outcome);
  }
  return outcomes;
}

interface Said {
  readonly digest: string;
  readonly steps: readonly PlannedStep[];
  readonly byHand: readonly unknown[];
  readonly kept: readonly string[];
  readonly labelsSha256: string;
  readonly generation: number;
}

async function planIn(about: CaseId, digest: string): Promise<{ readonly said: Said; readonly labels: PlanLabels }> {
  const entry = (await house.ledger.entries(about)).find(
    ({ content }) => content.kind === 'plan.made' && content.body['digest'] === digest,
  );
  if (entry === undefined) throw new Error('expected the plan in the record');
  const { content } = await house.ledger.attachment(about, entry.seq, 'labels');
  return { said: entry.content.body as unknown as Said, labels: content as PlanLabels };
}

/** What a plan would do with each thing, by the name its owner knows it by. */
async function ticksIn(about: CaseId, digest: string): Promise<Record<string, string>> {
  const { said, labels } = await planIn(about, digest);
  const changes = said.steps.flatMap((step) => step.changes).filter(({ target }) => target.kind === 'method');
  return Object.fromEntries(
    changes.map(({ target, ticked, sorted }) => [
      labels.of[targetKey(target)] ?? 'no label',
      `${ticked ? 'ticked' : 'open'}, ${sorted?.belongs}`,
    ]),
  );
}

const hashOf = (value: unknown): string =>
  createHash('sha256')
    .update(canonicalize(value) ?? '')
    .digest('hex');

const kindsIn = async (about: CaseId, kind: string) => (await house.entries(about)).filter((entry) => entry.kind === kind);

/** What a lingering app of ours, or a person in the portal, does beside the plan. */
const besides = (call: Call, key: string, values: { readonly methodId?: string; readonly body?: unknown }) =>
  house.door('actor').send(call, { id: house.id(key), ...values }, DONE);

const MOBILE_ID = '3179e48a-750b-4051-897c-87b9720928f7';

describe('a plan', () => {
  it('has a digest that anybody can compute from the record', async () => {
    const key = somebody();
    const about = await closed(key);
    const { digest } = await house.planned(about, key, 'clean-up');
    const { said, labels } = await planIn(about, digest);
    const { group, round, revision, generation, steps, byHand, kept, labelsSha256 } = said as Said & Record<string, unknown>;
    expect(hashOf({ case: about, group, round, revision, generation, steps, byHand, kept, labelsSha256 })).toBe(digest);
    expect(hashOf(labels)).toBe(labelsSha256);
    expect(said.digest).toBe(digest);
  });

  it('does not let its labels be guessed from their hash: the same names hash differently each time', async () => {
    const key = somebody();
    const about = await closed(key);
    const [one, other] = [await house.planned(about, key, 'clean-up'), await house.planned(about, key, 'clean-up', { round: 2 })];
    const [first, second] = [await planIn(about, one.digest), await planIn(about, other.digest)];
    expect({ ...first.labels, salt: '' }).toEqual({ ...second.labels, salt: '' });
    expect(first.labels.salt).not.toBe(second.labels.salt);
    expect(first.said.labelsSha256).not.toBe(second.said.labelsSha256);
    expect(one.digest).not.toBe(other.digest);
  });

  it('that is made twice is made once, and shown by the names it was made with', async () => {
    const key = somebody();
    const about = await closed(key);
    const first = await house.planned(about, key, 'clean-up');
    await besides(CALLS.removePhone, key, { methodId: MOBILE_ID });
    expect(await house.planned(about, key, 'clean-up')).toEqual(first);
    expect(await kindsIn(about, 'plan.made')).toHaveLength(1);
    const { rows } = await owner.query('SELECT content FROM display WHERE case_id = $1 AND key = $2', [about, `plan/${first.digest}`]);
    expect(rows[0].content).toEqual((await planIn(about, first.digest)).labels);
  });

  it('stays made when by the second try it would not be made any more', async () => {
    const key = somebody();
    const about = await closed(key, 'denied-or-ignored');
    const first = await house.planned(about, key, 'release');
    house.tenant.faults.add({ operation: 'signins.list.beta', occurrence: { from: 1 }, kind: 'status', status: 403 });
    // Somebody may be reading it already: a plan nobody in the case knows of could never be answered.
    expect(await house.plan(about, key, 'release')).toEqual({ kind: 'made', plan: first });
    expect(await house.plan(about, key, 'release', { round: 2 })).toEqual({ kind: 'refused', because: 'logs-forbid' });
  });

  it('is made for no case that the record did not open about this account', async () => {
    const about = await closed(somebody());
    const before = house.tenant.journal.records().length;
    await expect(house.plan(about, 'ned', 'clean-up')).rejects.toMatchObject({ code: 'CASE_UNKNOWN' });
    expect(house.tenant.journal.records()).toHaveLength(before);
  });

  it('takes the notes of the workflow along', async () => {
    const key = somebody();
    const about = await closed(key);
    const note = { kind: 'closing.ratified', schemaVersion: 1, by: house.id('ada') } as const;
    await house.planned(about, key, 'clean-up', { notes: [{ key: 'closing/ratified', at: new Date().toISOString(), event: note }] });
    expect(kindsOf(await house.entries(about)).slice(-2)).toEqual(['closing.ratified', 'plan.made']);
  });
});

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
    expect(night?.sorted).toEqual({ belongs: 'intruder', because: 'added from an address of the intruder' });
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
    const byHand = [{ what: 'remove-methods', because: 'could not be read' }];
    expect((await planIn(here, (await house.planned(here, key, 'clean-up', { lastTry: true })).digest)).said.byHand).toEqual(byHand);
    away();
    house.tenant.faults.add({ ...unread, status: 403 });
    const refused = await house.planned(here, key, 'clean-up', { round: 2, lastTry: false });
    expect(refused.steps).toEqual(['reset-password', 'revoke-sessions']);
    expect((await planIn(here, refused.digest)).said.byHand).toEqual(byHand);
  });

  it.each([
    ['syd', 'synced from on-premises', ['remove-methods', 'revoke-sessions']],
    ['fay', 'federated domain', ['remove-methods', 'revoke-sessions']],
    // Nothing here ends the sessions of a guest.
    ['gil', 'home tenant of the guest', ['remove-methods']],
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
    expect((await planIn(here, plan.digest)).said.byHand).toEqual([{ what: 'reset-password', because: 'synced from on-premises' }]);
  });

  it('sets no second password, unless somebody changed the one that nobody knows', async () => {
    const key = somebody();
    const here = await closed(key);
    await carryOut(here, key, await house.approved(here, key, 'clean-up'));
    expect(await house.plan(here, key, 'clean-up', { round: 2 })).toEqual({ kind: 'nothing' });
    await nextSecond(key);
    await besides(CALLS.resetPassword, key, {
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

describe('the survey', () => {
  const surveyed = (about: CaseId, key: string, cleanUp: number | null = 2, lastTry = true, withLogs = true) =>
    survey(house.tools, { caseId: about, subject: house.id(key), cleanUp, withLogs, notes: [], lastTry });

  it('draws the clean-up from its own readings, once, and changes nothing', async () => {
    const key = somebody();
    const about = await house.report(key);
    const before = house.writes().length;
    const { plan, blindSpots } = await surveyed(about, key);
    expect(plan).toMatchObject({ group: 'clean-up', round: 1, revision: 1, generation: 2 });
    expect(blindSpots).toEqual([]);
    expect((await surveyed(about, key)).plan).toEqual(plan);
    expect(await house.planned(about, key, 'clean-up')).toEqual(plan);
    expect(await kindsIn(about, 'plan.made')).toHaveLength(1);
    expect(await kindsIn(about, 'survey.stored')).toMatchObject([
      { body: { methods: { authenticator: 1, phone: 1, password: 1 }, enabled: true } },
    ]);
    expect(house.writes()).toHaveLength(before);
  });

  it('gives the plan that an earlier try made, whatever can be read by now', async () => {
    const key = somebody();
    const about = await house.report(key);
    const { plan } = await surveyed(about, key);
    house.tenant.faults.add({ operation: 'user.get', actorKey: 'reader', occurrence: { from: 1 }, kind: 'status', status: 403 });
    expect((await surveyed(about, key)).plan).toEqual(plan);
  });

  it('draws none where the closing is not ordered yet, and reads all the same', async () => {
    const key = somebody();
    const about = await house.report(key, { what: 'denied-or-ignored' });
    expect((await surveyed(about, key, null)).plan).toBeNull();
    expect(await kindsIn(about, 'plan.made')).toEqual([]);
    expect(await kindsIn(about, 'survey.stored')).toHaveLength(1);
  });

  it('leaves the logs alone where the closing waits for them: they are read for that, and nothing is spent on a second reading', async () => {
    const key = somebody();
    const about = await house.report(key, { what: 'denied-or-ignored' });
    const before = house.tenant.journal.records().length;
    expect(await surveyed(about, key, null, true, false)).toMatchObject({ blindSpots: [] });
    const read = house.tenant.journal.records().slice(before);
    expect(read.some(({ path }) => path.includes('/authentication/methods'))).toBe(true);
    expect(read.some(({ path }) => path.includes('/auditLogs/'))).toBe(false);
  });

  it('names what it cannot read, and tries for what may still come', async () => {
    const key = somebody();
    const about = await house.report(key);
    house.tenant.faults.add({ operation: 'signins.list.beta', occurrence: { from: 1 }, kind: 'status', status: 503 });
    await expect(surveyed(about, key, 2, false)).rejects.toMatchObject({ code: 'GRAPH_UNAVAILABLE' });
    const { blindSpots, plan } = await surveyed(about, key);
    expect(blindSpots).toEqual([{ what: 'sign-in log', why: 'no answer' }]);
    expect(plan).not.toBeNull();
  });
});

describe('what is drawn', () => {
  const NIGHT = Date.parse('2026-11-23T03:10:00Z');
  const seen = (kind: MethodKind, part: Partial<SeenMethod> = {}): SeenMethod => ({
    id: `id-${kind}`,
    kind,
    label: `the ${kind}`,
    facts: `facts of ${kind}`,
    isAlternate: false,
    addedAt: null,
    ...part,
  });
  const draw = (methods: readonly SeenMethod[] | null, part: Partial<CleanUpFacts> = {}) =>
    drawCleanUp(
      {
        subject: '00000000-0000-4000-8000-00000000000a',
        outsideReach: [],
        account: { passwordChangedAt: null, sessionsCutAt: null, readAt: '2026-11-23T04:00:00Z' },
        methods,
        window: { fromMs: NIGHT, intruderAddresses: [INTRUDER], additions: [] },
        passwordDone: false,
        ...part,
      },
      (text) => `fingerprint of ${text}`,
    );
  const additions = [{ at: NIGHT + 60_000, address: INTRUDER }];

  it.each<[string, MethodKind, Partial<CleanUpFacts>, readonly unknown[]]>([
    ['a code token', 'hardware-oath', {}, [{ what: 'remove-methods', because: 'no call removes it' }]],
    ['a QR code', 'qr-code', {}, [{ what: 'remove-methods', because: 'no call removes it' }]],
    ['a kind that nobody knows', 'unknown', {}, [{ what: 'remove-methods', because: 'no call removes it' }]],
    ['a certificate from before', 'certificate', {}, []],
    [
      'a certificate that may be the intruder’s',
      'certificate',
      { window: { fromMs: NIGHT, intruderAddresses: [INTRUDER], additions } },
      [{ what: 'remove-methods', because: 'no call removes it' }],
    ],
  ])('leaves %s to people exactly where it should go', (_, kind, part, byHand) => {
    expect(draw([seen(kind)], part)?.byHand).toEqual(byHand);
  });

  it('knows every method that is there: in the plan, or as one that stays for now', () => {
    const methods = (['authenticator', 'fido2', 'hardware-oath', 'certificate', 'qr-code', 'unknown', 'phone'] as const).map((kind) =>
      seen(kind),
    );
    const drawn = draw(methods);
    const planned = drawn?.steps.flatMap(({ changes }) => changes.map(({ from }) => from)) ?? [];
    const known = new Set<unknown>([...(drawn?.kept ?? []), ...planned]);
    expect(methods.filter(({ facts }) => !known.has(`fingerprint of ${facts}`))).toEqual([]);
  });

  it('takes the alternate mobile before the mobile', () => {
    const methods = [seen('phone', { id: 'mobile' }), seen('phone', { id: 'alternate', isAlternate: true }), seen('email')];
    const removal = draw(methods)?.steps.find(({ step }) => step === 'remove-methods');
    const order = removal?.changes.map(({ target }) => target.id) ?? [];
    expect(order.indexOf('alternate')).toBeLessThan(order.indexOf('mobile'));
  });

  it('is nothing for a guest of whom nothing here can be changed', () => {
    const guest = { outsideReach: ['home tenant of the guest'] } as const;
    expect(draw([], guest)).toBeNull();
    expect(draw(null, guest)).toBeNull();
    expect(draw([seen('phone')], guest)?.steps.map(({ step }) => step)).toEqual(['remove-methods']);
    expect(draw([], { outsideReach: ['federated domain'] })?.steps.map(({ step }) => step)).toEqual(['revoke-sessions']);
  });

  it('is nothing where nothing is to be done', () => {
    expect(draw([seen('password'), seen('fido2', { addedAt: '2025-01-01T00:00:00Z' })], { passwordDone: true })).toBeNull();
  });
});

describe('the logs', () => {
  const NIGHT = Date.parse('2026-11-23T03:10:00Z');
  const at = (minutes: number): string => new Date(NIGHT + minutes * 60_000).toISOString();
  const row = (minutes: number, address: string, errorCode = 0) => ({ at: at(minutes), succeeded: errorCode === 0, errorCode, address });
  const added = (minutes: number, address: string) => ({ at: at(minutes), activity: 'User registered security info', address });
  const keyOf = (minutes: number): SeenMethod => ({
    id: 'k',
    kind: 'fido2',
    label: 'l',
    facts: 'f',
    isAlternate: false,
    addedAt: at(minutes),
  });
  const HABIT = [row(-5000, HOME), row(-4000, HOME)];

  it('do not make the place an owner always comes from an intruder’s, because they refused a prompt there first', () => {
    const window = windowOf([...HABIT, row(1, INTRUDER, 500_121), row(10, HOME)], [added(12, HOME)], NIGHT + 30 * 60_000);
    expect(window.intruderAddresses).toEqual([]);
    expect(fateOf(keyOf(12), sortMethod(keyOf(12), window))).toBe('ask');
  });

  it('make a place an intruder’s that this account never came from', () => {
    const window = windowOf(
      [...HABIT, row(1, INTRUDER, 500_121), row(2, INTRUDER), row(10, HOME)],
      [added(4, INTRUDER)],
      NIGHT + 30 * 60_000,
    );
    expect(window.intruderAddresses).toEqual([INTRUDER]);
    expect(fateOf(keyOf(4), sortMethod(keyOf(4), window))).toBe('remove');
    expect(fateOf(keyOf(1), sortMethod(keyOf(1), window))).toBe('keep');
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

describe('a closing that people decide', () => {
  it('closes the account, and is nothing once it is closed', async () => {
    const key = somebody();
    const about = await house.report(key, {}, { by: 'cai' });
    const plan = await house.approved(about, key, 'contain');
    expect(plan.steps).toEqual(['block-sign-in', 'revoke-sessions']);
    const before = house.tenant.truth.account(key);
    await carryOut(about, key, plan);
    const now = house.tenant.truth.account(key);
    expect(now.enabled).toBe(false);
    expect(now.signInSessionsValidFrom > before.signInSessionsValidFrom).toBe(true);
    expect(await house.plan(about, key, 'contain', { round: 2 })).toEqual({ kind: 'nothing' });
  });

  it('ends the sessions of an account that somebody blocked already, and leaves the block theirs', async () => {
    const key = somebody();
    const about = await house.report(key, {}, { by: 'cai' });
    await house.hands.disableByHand({ person: key, by: 'root' });
    const plan = await house.approved(about, key, 'contain');
    expect(plan.steps).toEqual(['revoke-sessions']);
    await carryOut(about, key, plan);
    // Not ours to open, and an account that stays shut is not released.
    expect(await house.plan(about, key, 'release')).toEqual({ kind: 'refused', because: 'not-allowed-now' });
  });

  it('blocks a guest and no more: their sessions are their home’s', async () => {
    const about = await house.report('gil', {}, { by: 'cai' });
    expect((await house.planned(about, 'gil', 'contain')).steps).toEqual(['block-sign-in']);
  });
});

describe('a release', () => {
  it('opens what this case had closed, with a new password and the owner’s things as they were', async () => {
    const key = 'gus';
    const { upn, password } = house.tenant.company.people.find((person) => person.key === key) ?? { upn: '', password: '' };
    const who = {
      holder: 'intruder',
      from: { ip: INTRUDER, city: 'Utrecht', country: 'NL', asn: 64_500, app: 'Browser', cae: false },
    } as const;
    const begun = await house.hands.signIn({ upn, password, ...who });
    for (const { id } of await house.hands.prompts(key)) await house.hands.denyPrompt(id);
    await house.hands.untilDecided(begun, who);

    const about = await closed(key, 'denied-or-ignored');
    const plan = await house.approved(about, key, 'release');
    expect(plan.steps).toEqual(['reset-password', 'release-false-alarm']);
    const before = house.tenant.truth.account(key);
    await carryOut(about, key, plan);
    const now = house.tenant.truth.account(key);
    expect(now).toMatchObject({ enabled: true, signInSessionsValidFrom: before.signInSessionsValidFrom });
    expect(now.passwordChangedAt > before.passwordChangedAt).toBe(true);
    expect(house.tenant.truth.ownersThings().filter(({ person, present }) => person === key && !present)).toEqual([]);
  });

  const forbidden = { kind: 'refused', because: 'logs-forbid' };

  it('is refused when the logs show that somebody got in', async () => {
    const key = somebody();
    await house.signIn(key, 'intruder', INTRUDER);
    const about = await closed(key, 'denied-or-ignored');
    expect(await house.plan(about, key, 'release')).toEqual(forbidden);
  });

  it('is refused when a refused prompt was followed by a change that nobody explains', async () => {
    const key = somebody();
    const about = await closed(key, 'denied-or-ignored');
    const at = new Date().toISOString();
    const { reader } = house.tools;
    const signInsSince = async () => ({ value: [{ at, succeeded: false, errorCode: 500_121, address: INTRUDER }], answers: [] });
    const actsSince = async () => ({ value: [{ at, activity: 'Update user', address: null }], answers: [] });
    const make = (logs: Partial<typeof reader>) =>
      makePlan(
        { ...house.tools, reader: { ...reader, ...logs } },
        {
          caseId: about,
          subject: house.id(key),
          group: 'release',
          round: 1,
          generation: 9,
          because: 'a person asked for it',
          askedBy: null,
          notes: [],
          lastTry: true,
        },
      );
    expect(await make({ signInsSince, actsSince })).toEqual(forbidden);
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
    const mend = house.tenant.faults.add({ operation, occurrence: { from: 1 }, kind: 'status', status });
    expect(await house.plan(about, key, 'release')).toEqual(forbidden);
    mend();
    expect(await house.plan(about, key, 'release')).toMatchObject({ kind: 'made' });
  });

  it('is refused until the logs must be complete up to the closing, not only up to the report', async () => {
    const key = somebody();
    const logDelayMs = 15 * 60_000;
    const policy = { ...house.policy, durations: { ...house.policy.durations, logDelayMs } };
    const about = await house.report(key, { what: 'denied-or-ignored' }, { policy });
    await closeBy(about, key);
    const entries = await house.ledger.entries(about);
    const openedAt = entries[0]?.storedAt ?? 0;
    const closedAt =
      entries.findLast(({ content }) => content.kind === 'step.verified' && content.body['step'] === 'block-sign-in')?.storedAt ?? 0;
    expect(closedAt).toBeGreaterThan(openedAt);
    const at = async (time: number): Promise<PlanResult> => {
      vi.spyOn(Date, 'now').mockReturnValue(time);
      const result = await house.plan(about, key, 'release');
      vi.restoreAllMocks();
      return result;
    };
    expect(await house.plan(about, key, 'release')).toEqual(forbidden);
    expect(await at(openedAt + logDelayMs)).toEqual(forbidden);
    expect(await at(closedAt + logDelayMs)).toMatchObject({ kind: 'made' });
  });

  it('is refused once methods were removed: the owner could not use the account that it opens', async () => {
    const key = somebody();
    const about = await closed(key, 'denied-or-ignored');
    const before = await house.approved(about, key, 'release');
    await carryOut(about, key, await house.approved(about, key, 'clean-up'));
    expect(await house.plan(about, key, 'release', { round: 2 })).toEqual({ kind: 'refused', because: 'not-allowed-now' });

    // One that was planned and approved before stops at the opening.
    await nextSecond(key);
    await runStep(about, key, before, 'reset-password');
    const writes = house.writes().length;
    await expect(runStep(about, key, before, 'release-false-alarm')).rejects.toMatchObject({ code: 'PLAN_STALE' });
    expect(house.writes()).toHaveLength(writes);
    expect(house.tenant.truth.account(key).enabled).toBe(false);
  });

  it('is made after a clean-up that took no method away', async () => {
    const key = somebody();
    const about = await closed(key, 'denied-or-ignored');
    house.tenant.faults.add({ operation: 'auth.methods.list', actorKey: 'actor', occurrence: { from: 1 }, kind: 'status', status: 403 });
    await carryOut(about, key, await house.approved(about, key, 'clean-up'));
    house.tenant.faults.clear();
    await nextSecond(key);
    await carryOut(about, key, await house.approved(about, key, 'release'));
    expect(house.tenant.truth.account(key).enabled).toBe(true);
  });

  it('does not open an account that was closed before the case', async () => {
    for (const key of ['mia', 'shy']) {
      const about = await closed(key, 'denied-or-ignored');
      expect(await house.plan(about, key, 'release')).toEqual({ kind: 'refused', because: 'not-allowed-now' });
      expect(house.tenant.truth.account(key).enabled).toBe(false);
    }
  });

  it('does not open an account with the password it was closed with, where only people can change it', async () => {
    const about = await closed('syd', 'denied-or-ignored');
    expect(await house.plan(about, 'syd', 'release')).toEqual({ kind: 'refused', because: 'not-allowed-now' });
    const { account } = house.tools.doors;
    const changedAt = new Date(Date.now() + 1_000).toISOString();
    const doors = {
      ...house.tools.doors,
      account: { ...account, passwordState: async () => ({ value: { changedAt, readAt: changedAt }, answers: [] }) },
    };
    const run = {
      caseId: about,
      subject: house.id('syd'),
      group: 'release',
      round: 1,
      generation: 9,
      because: 'a person asked for it',
    } as const;
    const result = await makePlan({ ...house.tools, doors }, { ...run, askedBy: null, notes: [], lastTry: true });
    expect(result).toMatchObject({ kind: 'made', plan: { steps: ['release-false-alarm'] } });
  });
});

describe('an undo', () => {
  const nothing = { kind: 'refused', because: 'nothing-to-undo' };

  it('takes back the newest release, once, and leaves the whole tenant as it was before it', async () => {
    const key = somebody();
    const about = await closed(key, 'denied-or-ignored');
    expect(await house.plan(about, key, 'undo')).toEqual(nothing);
    const release = await house.approved(about, key, 'release');
    await runStep(about, key, release, 'reset-password');
    const before = house.tenant.truth.state();
    await runStep(about, key, release, 'release-false-alarm');
    expect(house.tenant.truth.state()).not.toEqual(before);

    const undo = await house.approved(about, key, 'undo');
    expect(undo.steps).toEqual(['release-false-alarm']);
    await carryOut(about, key, undo);
    expect(house.tenant.truth.state()).toEqual(before);

    const intended = (await house.ledger.entries(about)).filter(({ content }) => content.kind === 'step.intended');
    const opening = intended.find(({ content }) => content.body['step'] === 'release-false-alarm');
    expect(intended.at(-1)?.content.body).toMatchObject({ undoes: opening?.hash, change: { from: true, to: false } });
    expect(await house.plan(about, key, 'undo', { round: 2 })).toEqual(nothing);
  });

  it('takes back the second release after the first one was taken back', async () => {
    const key = somebody();
    const about = await closed(key, 'denied-or-ignored');
    for (const round of [1, 2]) {
      await carryOut(about, key, await house.approved(about, key, 'release', ['ada'], { round }));
      await carryOut(about, key, await house.approved(about, key, 'undo', ['ada'], { round }));
      expect(house.tenant.truth.account(key).enabled).toBe(false);
    }
    const undone = (await kindsIn(about, 'step.intended')).map(({ body }) => body['undoes']).filter((hash) => hash !== null);
    expect(new Set(undone).size).toBe(2);
    expect(await house.plan(about, key, 'undo', { round: 3 })).toEqual(nothing);
  });

  it('takes back a release also where methods were removed since', async () => {
    const key = somebody();
    const about = await closed(key, 'denied-or-ignored');
    await carryOut(about, key, await house.approved(about, key, 'release'));
    await house.hands.disableByHand({ person: key, by: 'root' });
    await carryOut(about, key, await house.approved(about, key, 'clean-up'));
    await house.hands.enableByHand({ person: key, by: 'root' });
    await carryOut(about, key, await house.approved(about, key, 'undo'));
    expect(house.tenant.truth.account(key).enabled).toBe(false);
  });

  it('passes over what was changed since and cannot be taken back', async () => {
    const key = somebody();
    const about = await closed(key, 'denied-or-ignored');
    await carryOut(about, key, await house.approved(about, key, 'release'));
    await nextSecond(key);
    await applyStep(house.tools, STEPS['revoke-sessions'], house.run(about, key, { kind: 'policy', brake: null }, 90));
    expect((await house.planned(about, key, 'undo')).steps).toEqual(['release-false-alarm']);
  });

  it('is nothing where somebody has closed the account again by hand', async () => {
    const key = somebody();
    const about = await closed(key, 'denied-or-ignored');
    await carryOut(about, key, await house.approved(about, key, 'release'));
    await house.hands.disableByHand({ person: key, by: 'root' });
    expect(await house.plan(about, key, 'undo')).toEqual(nothing);
    await house.hands.enableByHand({ person: key, by: 'root' });
    expect(await house.plan(about, key, 'undo')).toMatchObject({ kind: 'made' });
  });

  it('does not take back a release that was intended and never came about', async () => {
    const key = somebody();
    const about = await closed(key, 'denied-or-ignored');
    await carryOut(about, key, await house.approved(about, key, 'release'));
    await carryOut(about, key, await house.approved(about, key, 'undo'));
    const second = await house.approved(about, key, 'release', ['ada'], { round: 2 });
    await runStep(about, key, second, 'reset-password');
    house.tenant.faults.add({ operation: 'user.enable', occurrence: 1, kind: 'status', status: 403 });
    await expect(runStep(about, key, second, 'release-false-alarm')).rejects.toMatchObject({ code: 'GRAPH_FORBIDDEN' });
    await house.hands.enableByHand({ person: key, by: 'root' });
    // Opened by somebody else: not ours to take back as if it were.
    expect(await house.plan(about, key, 'undo', { round: 2 })).toEqual(nothing);
  });
});

describe('what has changed between a plan and its turn', () => {
  it('a phone whose number was swapped stays, is told, and the others go', async () => {
    const about = await house.report('dee');
    const plan = await house.approved(about, 'dee', 'clean-up');
    const session = await house.signIn('dee', 'intruder', INTRUDER);
    await besides(CALLS.removePhone, 'dee', { methodId: MOBILE_ID });
    const swapped = await house.hands.addMethod(session, { kind: 'phone', phoneNumber: '+1 5559999', phoneType: 'mobile' });
    expect(swapped).toEqual({ kind: 'done', id: MOBILE_ID });
    await closeBy(about, 'dee');

    const outcomes = await carryOut(about, 'dee', plan);
    expect(outcomes.get('remove-methods')).toMatchObject({ kind: 'verified', dropped: 1, newcomers: 1 });
    expect(await kindsIn(about, 'target.dropped')).toMatchObject([
      { body: { target: { id: MOBILE_ID }, because: 'it is another one now' } },
    ]);
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
    await besides(CALLS.removePhone, key, { methodId: MOBILE_ID });
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

it('a plan code is of the digest alone', async () => {
  const key = somebody();
  const about = await closed(key);
  const { digest } = await house.planned(about, key, 'clean-up');
  expect(planCode(digest)).toBe(String(1000 + (Number.parseInt(digest.slice(0, 12), 16) % 9000)));
});
