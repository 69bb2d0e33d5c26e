// A look at an account some time after it was closed: it only reads, counts what
// is new and nothing else, and says what the record says.
import { randomUUID } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { MadePlan } from '../../activities/plans/make-plan.ts';
import { type RecheckInput, type RecheckResult, type RecheckRun, recheck } from '../../activities/recheck.ts';
import { STEPS } from '../../activities/steps/registry.ts';
import { applyStep } from '../../activities/steps/runner.ts';
import type { Step } from '../../activities/steps/step.ts';
import { type CaseId, caseId } from '../../domain/ids.ts';
import type { LoggedSignIn } from '../../domain/log-analysis.ts';
import { NO_ACTIVITY } from '../../domain/recheck.ts';
import type { MethodSeed } from '../../drill/microsoft/company.ts';
import { employee } from '../../drill/microsoft/fixture.ts';
import { type ActivityHarness, type ActivityHarnessTools, openActivityHarness } from './activity-harness.ts';

const HOME = '192.0.2.10';
const ATTACKER = '203.0.113.77';
const HOUR = 60 * 60 * 1000;
const APP: MethodSeed = { kind: 'authenticator', displayName: 'phone', default: true };
const PHONE = { kind: 'phone', phoneNumber: '+1 5550100', phoneType: 'mobile' } as const;
const KEY: MethodSeed = { kind: 'fido2', displayName: 'key' };
const NEW_KEY: MethodSeed = { kind: 'fido2', displayName: 'new key', createdDateTime: new Date(Date.now() - HOUR).toISOString() };

let harness: ActivityHarness;
let looks = 0;

beforeAll(async () => {
  harness = await openActivityHarness(
    [
      employee('root', { roles: ['Global Administrator'] }),
      ...['ada', 'bea', 'cai'].map((key) => employee(key)),
      employee('add', { methods: [APP, PHONE, KEY] }),
      ...['app-only', 'both', 'kept', 'left', 'seen', 'shut', 'twice', 'unread'].map((key) => employee(key, { methods: [APP, KEY] })),
      employee('key-only', { methods: [KEY] }),
      employee('open', { methods: [KEY, NEW_KEY] }),
    ],
    { approvers: ['ada', 'bea', 'cai'] },
  );
});
afterEach(() => harness.tenant.faults.clear());

async function closed(key: string): Promise<CaseId> {
  const about = await harness.report(key);
  for (const step of ['block-sign-in', 'revoke-sessions'] as const) {
    await applyStep(harness.tools, STEPS[step], harness.run(about, key, { kind: 'policy', blockLimit: null }));
  }
  return about;
}

async function carryOut(about: CaseId, key: string, plan: MadePlan): Promise<void> {
  for (const step of plan.steps) {
    // Times of sessions are whole seconds: ended twice in one of them, nobody can tell the second time.
    const { signInSessionsValidFrom: cutAt } = harness.tenant.truth.account(key);
    await expect.poll(() => Math.floor(Date.now() / 1000)).toBeGreaterThan(Math.floor(Date.parse(cutAt) / 1000));
    const run = harness.run(about, key, { kind: 'plan', digest: plan.digest }, plan.attempt);
    expect(await applyStep(harness.tools, STEPS[step] as Step<unknown>, run)).toMatchObject({ kind: 'verified' });
  }
}

async function cleaned(key: string): Promise<CaseId> {
  const about = await closed(key);
  await carryOut(about, key, await harness.approved(about, key, 'eradication'));
  return about;
}

/** At a closed account, unless said. */
const look = (
  about: CaseId,
  key: string,
  { facts = {}, ...part }: Partial<Omit<RecheckRun, 'facts'>> & { readonly facts?: Partial<RecheckInput> } = {},
  tools: ActivityHarnessTools = harness.tools,
): Promise<RecheckResult> =>
  recheck(tools, {
    caseId: about,
    subject: harness.id(key),
    look: ++looks,
    cleaned: true,
    facts: {
      needed: ['block-sign-in', 'revoke-sessions'],
      openedAt: Date.now(),
      containmentSince: Date.now(),
      blockedAt: Date.now(),
      releasedAt: null,
      outsideReach: [],
      containments: 1,
      blockedByUs: true,
      known: NO_ACTIVITY,
      ...facts,
    },
    notes: [],
    lastTry: true,
    ...part,
  });

const OPEN = { facts: { blockedAt: null } };

const addKey = async (key: string): Promise<void> => {
  await harness.hands.addMethod(await harness.signIn(key, 'attacker', ATTACKER), { kind: 'fido2', displayName: 'late key' });
};

describe('a look after an eradication', () => {
  it('finds nothing new where nothing is: what the eradication left is known', async () => {
    const about = await cleaned('kept');
    expect(await look(about, 'kept')).toMatchObject({ enabled: false, newItems: 0, blindSpots: [] });
  });

  it('finds what was added since, also where it is the very thing that was removed', async () => {
    const about = await cleaned('add');
    await harness.hands.enableByHand({ person: 'add', by: 'root' });
    const from = { ip: HOME, city: 'Utrecht', country: 'NL', asn: 64_500, app: 'Browser', cae: false };
    const begun = await harness.hands.signIn({ upn: 'add@contoso.example', holder: 'owner', from });
    if (begun.kind !== 'signed-in') throw new Error('expected the key to open the account');
    expect(await look(about, 'add', OPEN)).toMatchObject({ newItems: 0 });
    await harness.hands.addMethod(begun.session, { kind: 'phone', phoneNumber: PHONE.phoneNumber, phoneType: 'mobile' });
    await harness.hands.addMethod(begun.session, { kind: 'softwareOath' });
    expect(await look(about, 'add', OPEN)).toMatchObject({ newItems: 2 });
  });

  it('knows what it had nothing to remove beside: the owner’s key is no newItem', async () => {
    const about = await closed('key-only');
    const plan = await harness.approved(about, 'key-only', 'eradication');
    expect(plan.steps).toEqual(['reset-password', 'revoke-sessions']);
    await carryOut(about, 'key-only', plan);
    expect(await look(about, 'key-only')).toMatchObject({ newItems: 0 });
  });

  it('knows what people saw in the plan, and left unticked', async () => {
    const about = await closed('open');
    const plan = await harness.approved(about, 'open', 'eradication');
    expect(plan.steps).toEqual(['reset-password', 'revoke-sessions']);
    await carryOut(about, 'open', plan);
    expect(await look(about, 'open')).toMatchObject({ newItems: 0 });
  });

  it('goes by the newest eradication', async () => {
    const about = await harness.report('twice');
    const first = await harness.approved(about, 'twice', 'eradication');
    await addKey('twice');
    await harness.hands.disableByHand({ person: 'twice', by: 'root' });
    await carryOut(about, 'twice', first);
    // Beside the plan, counted then, and left to the next one.
    expect(await look(about, 'twice')).toMatchObject({ newItems: 0 });
    await carryOut(about, 'twice', await harness.approved(about, 'twice', 'eradication', ['ada'], { round: 2 }));
    expect(await look(about, 'twice')).toMatchObject({ newItems: 0 });
    expect(harness.tenant.truth.footholds().filter(({ person, present }) => person === 'twice' && present)).toEqual([]);
  });

  it('says that it cannot tell, where the eradication could not read what was there', async () => {
    const about = await closed('unread');
    harness.tenant.faults.add({ operation: 'auth.methods.list', actorKey: 'actor', occurrence: { from: 1 }, kind: 'status', status: 403 });
    const plan = await harness.approved(about, 'unread', 'eradication');
    harness.tenant.faults.clear();
    await carryOut(about, 'unread', plan);
    expect(await look(about, 'unread')).toMatchObject({ newItems: null, blindSpots: [{ what: 'sign-in-methods' }] });
  });

  it('names the methods as unread when they are, and claims nothing', async () => {
    const about = await cleaned('app-only');
    harness.tenant.faults.add({ operation: 'auth.methods.list', actorKey: 'actor', occurrence: { from: 1 }, kind: 'status', status: 503 });
    await expect(look(about, 'app-only', { lastTry: false })).rejects.toMatchObject({ code: 'GRAPH_UNAVAILABLE' });
    expect(await look(about, 'app-only')).toMatchObject({ newItems: null, blindSpots: [{ what: 'sign-in-methods', why: 'no-answer' }] });
    harness.tenant.faults.clear();
    expect(await look(about, 'app-only')).toMatchObject({ newItems: 0, blindSpots: [] });
  });

  it('looks for nothing new before one', async () => {
    const about = await closed('left');
    expect(await look(about, 'left', { cleaned: false })).toMatchObject({ newItems: null, blindSpots: [] });
  });
});

describe('a look', () => {
  it('changes nothing', async () => {
    const about = await closed('seen');
    const before = harness.writes().length;
    await look(about, 'seen');
    expect(harness.writes()).toHaveLength(before);
  });

  it('answers with what is on the record, also when it is made again and sees something else', async () => {
    const about = await closed('both');
    const run = { look: 500, cleaned: false };
    const first = await look(about, 'both', run);
    const { at: _at, ...said } = first;
    await harness.hands.enableByHand({ person: 'both', by: 'root' });
    expect(await look(about, 'both', run)).toEqual(first);
    const rows = (await harness.entries(about)).filter(({ kind }) => kind === 'recheck.made');
    expect(rows.map(({ body }) => body)).toEqual([said]);
    expect(await look(about, 'both', { ...OPEN, cleaned: false })).toMatchObject({ enabled: true });
  });

  it('writes down at once that the watch is over, and nothing of it while it is not', async () => {
    const about = await closed('shut');
    const ends = async (): Promise<string[]> =>
      (await harness.entries(about)).map(({ kind }) => kind).filter((kind) => kind === 'account.contained' || kind === 'monitoring.ended');
    await look(about, 'shut', { cleaned: false });
    expect(await ends()).toEqual([]);
    const run = { look: 600, cleaned: false, facts: { blockedAt: Date.now() - 3 * HOUR, known: { signIns: 99, activity: 99 } } };
    await look(about, 'shut', run);
    await look(about, 'shut', run);
    expect(await ends()).toEqual(['monitoring.ended']);
    expect((await harness.entries(about)).at(-1)?.body).toMatchObject({ outcome: 'blocked' });
  });

  it('is made for no case that the record does not know, and reads nothing', async () => {
    const before = harness.tenant.journal.records().length;
    const nobodys = caseId(randomUUID());
    await expect(look(nobodys, 'shut')).rejects.toMatchObject({ code: 'CASE_UNKNOWN' });
    const about = await closed('shut');
    const requests = harness.tenant.journal.records().length;
    await expect(look(about, 'seen')).rejects.toMatchObject({ code: 'CASE_UNKNOWN' });
    expect(harness.tenant.journal.records()).toHaveLength(requests);
    expect(requests).toBeGreaterThan(before);
    expect(await harness.entries(nobodys)).toEqual([]);
  });

  it('believes an account to be open only when three readings in a row say so', async () => {
    const about = await closed('left');
    const { account } = harness.tools.doors;
    let reads = 0;
    const states = [true, false];
    const doorState: typeof account.doorState = async (subject) => {
      const reading = await account.doorState(subject);
      return { ...reading, value: { ...reading.value, enabled: states[reads++] ?? false } };
    };
    const tools = { ...harness.tools, pause: async () => undefined, doors: { ...harness.tools.doors, account: { ...account, doorState } } };
    expect(await look(about, 'left', { cleaned: false }, tools)).toMatchObject({ enabled: false });
    expect(reads).toBe(2);
    reads = 0;
    states.splice(0, 2, true, true, true);
    expect(await look(about, 'left', { cleaned: false }, tools)).toMatchObject({ enabled: true });
    expect(reads).toBe(3);
  });
});

describe('a look at odd answers', () => {
  it.each([null, 'yes'])('says of an account whose accountEnabled is %s neither that it is open nor that it is blocked', async (value) => {
    const about = await closed('shut');
    harness.tenant.faults.add({ operation: 'user.get', occurrence: { from: 1 }, kind: 'odd-field', field: 'accountEnabled', value });
    expect(await look(about, 'shut', { cleaned: false })).toMatchObject({
      enabled: null,
      blindSpots: [{ what: 'account', why: 'incomplete-answer' }],
    });
  });

  it('says of methods that came incompletely what is new among them, and never that nothing is', async () => {
    const about = await cleaned('app-only');
    const gone = { operation: 'auth.methods.list', occurrence: { from: 1 }, kind: 'pages', size: 1, link: 'gone' } as const;
    const INCOMPLETE = { what: 'sign-in-methods', why: 'incomplete-answer' };
    harness.tenant.faults.add(gone);
    expect(await look(about, 'app-only')).toMatchObject({ newItems: null, blindSpots: [INCOMPLETE] });
    harness.tenant.faults.clear();
    harness.tenant.faults.add({ ...gone, kind: 'odd-field', where: 'last-item', field: 'id', value: 7 } as const);
    expect(await look(about, 'app-only')).toMatchObject({ newItems: 1, blindSpots: [INCOMPLETE] });
  });
});

describe('a look after a release', () => {
  const RELEASED = Date.parse('2026-11-23T09:00:00.400Z');
  const row = (minutes: number, address: string | null, part: Partial<LoggedSignIn> = {}): LoggedSignIn => ({
    at: new Date(Math.floor((RELEASED + minutes * 60_000) / 1000) * 1000).toISOString(),
    errorCode: 0,
    correlationId: null,
    address,
    ...part,
  });
  const refused = (minutes: number): LoggedSignIn => row(minutes, ATTACKER, { errorCode: 500_121 });

  let about: CaseId;
  beforeAll(async () => {
    about = await harness.report('ada', {}, { by: 'root' });
  });
  const strangers = async (rows: readonly LoggedSignIn[]): Promise<number> => {
    const reader = { ...harness.tools.reader, signInsSince: async () => ({ value: rows, answers: [] }) };
    const run = { cleaned: false, facts: { blockedAt: null, releasedAt: RELEASED } };
    return (await look(about, 'ada', run, { ...harness.tools, reader })).signInsAfterBlocking;
  };

  it.each<[string, readonly LoggedSignIn[], number]>([
    ['nobody signed in', [row(-3000, HOME)], 0],
    ['the owner signed in from where they usually are', [row(-3000, HOME), row(5, HOME)], 0],
    ['somebody signed in from a new place', [row(-3000, HOME), row(5, ATTACKER)], 1],
    ['both did', [row(-3000, HOME), row(5, HOME), row(6, ATTACKER), row(7, ATTACKER)], 2],
    ['a prompt was refused, and the next one was not', [row(-3000, HOME), refused(5), row(6, HOME)], 1],
    ['a prompt was refused before the release', [row(-3000, HOME), refused(-60), row(6, HOME)], 0],
    ['somebody signed in from a new place within the second of the release', [row(-3000, HOME), row(0, ATTACKER), row(9, ATTACKER)], 2],
    ['somebody signed in from a place that the log does not name', [row(-3000, null), row(5, null)], 1],
    ['a sign-in from a new place stopped at "Stay signed in?"', [row(-3000, HOME), row(5, ATTACKER, { errorCode: 50_140 })], 1],
    ['a sign-in from a new place stopped at the second factor', [row(-3000, HOME), row(5, ATTACKER, { errorCode: 50_074 })], 1],
    ['a sign-in from a new place ended with a code that nobody knows', [row(-3000, HOME), row(5, ATTACKER, { errorCode: 999_999 })], 1],
    ['somebody was turned away', [row(-3000, HOME), row(5, ATTACKER, { errorCode: 50_126 })], 0],
  ])('counts strangers, and no owner: %s', async (_, rows, count) => {
    expect(await strangers(rows)).toBe(count);
  });

  it('sees a stranger in the real log, and asks it far enough back to know who is none', async () => {
    const sinceMs = Date.now();
    await harness.signIn('bea', 'owner', HOME);
    const here = await harness.report('bea', {}, { by: 'root' });
    const since = (releasedAt: number) => ({ cleaned: false, facts: { blockedAt: null, releasedAt } });
    // Nobody had ever signed in from anywhere before.
    expect(await look(here, 'bea', since(sinceMs))).toMatchObject({ signInsAfterBlocking: 1 });
    await expect.poll(() => Date.now() - sinceMs).toBeGreaterThan(2_000);
    const later = Date.now();
    // What the logs did not show yet when it was released: then they showed nobody.
    expect(await look(here, 'bea', since(later))).toMatchObject({ signInsAfterBlocking: 1 });
    await harness.signIn('bea', 'owner', HOME);
    expect(await look(here, 'bea', since(later))).toMatchObject({ signInsAfterBlocking: 1 });
    await harness.signIn('bea', 'owner', ATTACKER);
    expect(await look(here, 'bea', since(later))).toMatchObject({ signInsAfterBlocking: 2 });
  });
});

describe('a look at a closed account', () => {
  it('counts sign-ins since the closing, and acts after the last session must have ended apart from those before', async () => {
    const about = await harness.report('cai', {}, { by: 'root' });
    const blockedAt = Date.parse('2026-11-23T09:00:00Z');
    const at = (minutes: number): string => new Date(blockedAt + minutes * 60_000).toISOString();
    const act = (minutes: number) => ({ at: at(minutes), activity: 'Update user', address: null });
    const signIn = (minutes: number, succeeded = true, errorCode = succeeded ? 0 : 50_057) => ({
      at: at(minutes),
      errorCode,
      correlationId: null,
      address: ATTACKER,
    });
    const reader = {
      ...harness.tools.reader,
      signInsSince: async () => ({ value: [signIn(-5), signIn(3), signIn(4, false, 50_140), signIn(20, false)], answers: [] }),
      activitySince: async () => ({ value: [act(-1), act(10), act(100)], answers: [] }),
    };
    const run = { cleaned: false, facts: { blockedAt } };
    const seen = await look(about, 'cai', run, { ...harness.tools, reader, pause: async () => undefined });
    expect(seen).toMatchObject({ signInsAfterBlocking: 2, actsBefore: 3, actsAfter: 1 });
  });
});
