import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type AccountWriter, accountWriter } from '../../../activities/microsoft/account-writer.ts';
import type { DirectoryReader } from '../../../activities/microsoft/directory-reader.ts';
import { blockSignIn } from '../../../activities/steps/block-sign-in.ts';
import { revokeSessions } from '../../../activities/steps/revoke-sessions.ts';
import { applyStep } from '../../../activities/steps/runner.ts';
import type { StepRun } from '../../../activities/steps/step-context.ts';
import type { Baseline } from '../../../domain/account.ts';
import type { RunbookError } from '../../../domain/errors.ts';
import { objectId } from '../../../domain/ids.ts';
import { employee } from '../../../drill/microsoft/fixture.ts';
import type { Tenant } from '../../../drill/microsoft/start.ts';
import type { Intent } from '../../../ledger/intent.ts';
import type { Ledger } from '../../../ledger/ledger.ts';
import { type ActivityHarness, type ActivityHarnessTools, openActivityHarness } from '../activity-harness.ts';

const nobody = objectId('eeeeeeee-0000-4000-8000-0000000000ff');
const NOBODY_PROTECTED: Baseline = {
  digest: 'd',
  storedAt: 's',
  breakGlass: [],
  provenBreakGlass: [],
  syncAccounts: [],
  administrators: [],
  approverGroup: nobody,
  approvers: [],
};

let harness: ActivityHarness;
let tenant: Tenant;
let ledger: Ledger;
let reader: DirectoryReader;
let door: AccountWriter;
let baseline = NOBODY_PROTECTED;

beforeAll(async () => {
  const people = ['ana', 'vera', 'gus', 'lena', 'bea', 'mute', 'mum', 'fast'].map((key) => employee(key));
  harness = await openActivityHarness([...people, employee('rita', { roles: ['Global Administrator'] })], { approvers: ['bea'] });
  ({ tenant, ledger } = harness);
  reader = harness.tools.reader;
  door = accountWriter(harness.door('actor'), async () => baseline);
});
afterEach(() => {
  tenant.faults.clear();
  baseline = NOBODY_PROTECTED;
});

const run = async (key: string): Promise<StepRun> => harness.run(await harness.report(key), key, { kind: 'policy', blockLimit: null });
const tools = (): ActivityHarnessTools => ({ ...harness.tools, doors: { ...harness.tools.doors, account: door } });
const effectsOn = (key: string, what: string) =>
  tenant.journal
    .records()
    .flatMap((record) => record.effects.filter((effect) => effect.target === harness.id(key) && effect.what === what));

describe('the doors to Microsoft, over real HTTPS', () => {
  it('close an account and read it back, with one effect each, named by the intent', async () => {
    const here = await run('ana');
    await expect(applyStep(tools(), blockSignIn, here)).resolves.toMatchObject({ kind: 'verified', changed: true });
    await expect(applyStep(tools(), revokeSessions, here)).resolves.toMatchObject({ kind: 'verified', changed: true });
    expect(tenant.truth.account('ana').enabled).toBe(false);
    expect(effectsOn('ana', 'accountEnabled')).toHaveLength(1);
    expect(effectsOn('ana', 'signInSessionsValidFrom')).toHaveLength(1);
    const written = tenant.journal.records().filter((record) => record.effects.length > 0 && record.path.includes(harness.id('ana')));
    const intents = await Promise.all(
      (['block-sign-in', 'revoke-sessions'] as const).map((step) =>
        ledger.intentOf({ caseId: here.caseId, attempt: 1, step, target: { kind: 'account', id: harness.id('ana') } }),
      ),
    );
    expect(new Set(written.map((record) => record.clientRequestId))).toEqual(new Set(intents.map((intent) => intent?.id)));
  });

  it('make an act that died after its effect count once, and keep its "from"', async () => {
    const here = await run('vera');
    tenant.faults.add({ operation: 'user.disable', occurrence: 1, kind: 'timeout-after', hangMs: 4_000 });
    await expect(applyStep(tools(), blockSignIn, here)).rejects.toMatchObject({ code: 'GRAPH_TIMED_OUT' });
    await expect(applyStep(tools(), blockSignIn, here)).resolves.toMatchObject({ kind: 'verified' });
    expect(effectsOn('vera', 'accountEnabled')).toHaveLength(1);
    const intent = await ledger.intentOf({
      caseId: here.caseId,
      attempt: 1,
      step: 'block-sign-in',
      target: { kind: 'account', id: harness.id('vera') },
    });
    expect(intent?.change.from).toBe(true);
  });

  it('refuse a protected account themselves, and no request leaves the harness', async () => {
    baseline = { ...baseline, breakGlass: [harness.id('gus')] };
    const before = tenant.journal.records().filter((record) => record.method !== 'GET').length;
    await expect(applyStep(tools(), blockSignIn, await run('gus'))).rejects.toMatchObject({ code: 'PROTECTED_ACCOUNT' });
    expect(tenant.journal.records().filter((record) => record.method !== 'GET')).toHaveLength(before);
    // Without the guard the same request goes out and the account is closed: the guard is what held it.
    baseline = { ...baseline, breakGlass: [] };
    await expect(applyStep(tools(), blockSignIn, await run('gus'))).resolves.toMatchObject({ kind: 'verified' });
  });

  it('take no look-alike of an intent', async () => {
    const alike = { id: 'x', change: { target: { kind: 'account', id: harness.id('lena') } } };
    await expect(door.blockSignIn(alike as unknown as Intent)).rejects.toMatchObject({ code: 'INTENT_MISSING' });
    expect(tenant.truth.account('lena').enabled).toBe(true);
  });

  it('say that an administrator is above our rights, as something only a person can mend', async () => {
    await expect(applyStep(tools(), blockSignIn, await run('rita'))).rejects.toMatchObject({
      code: 'GRAPH_FORBIDDEN',
      details: { status: 403 },
    });
  });

  it.each([
    ['GRAPH_FORBIDDEN', { kind: 'status', status: 403, code: 'Authorization_RequestDenied' }],
    ['GRAPH_CONFLICT', { kind: 'status', status: 409, code: 'Conflict' }],
    ['GRAPH_UNAVAILABLE', { kind: 'status', status: 503, code: 'ServiceUnavailable' }],
    ['GRAPH_UNAVAILABLE', { kind: 'status', status: 500, code: 'InternalServerError' }],
    ['GRAPH_REFUSED', { kind: 'status', status: 400, code: 'Request_BadRequest' }],
    ['GRAPH_TIMED_OUT', { kind: 'timeout-before', hangMs: 4_000 }],
    ['GRAPH_UNAVAILABLE', { kind: 'reset' }],
  ] as const)('call a failure %s (%o)', async (code, fault) => {
    tenant.faults.add({ operation: 'auth.methods.list', occurrence: 1, ...fault });
    await expect(reader.methods(harness.id('lena'))).rejects.toMatchObject({ code });
  });

  it('keep the pause that Microsoft names, and have one of their own when none is named', async () => {
    tenant.faults.add({
      operation: 'auth.methods.list',
      occurrence: 1,
      kind: 'status',
      status: 429,
      code: 'TooManyRequests',
      retryAfter: 7,
    });
    await expect(reader.methods(harness.id('lena'))).rejects.toMatchObject({ code: 'GRAPH_THROTTLED', details: { retryAfterMs: 7_000 } });
    tenant.faults.clear();
    tenant.faults.add({ operation: 'auth.methods.list', occurrence: 1, kind: 'status', status: 429, code: 'TooManyRequests' });
    await expect(reader.methods(harness.id('lena'))).rejects.toMatchObject({ code: 'GRAPH_THROTTLED', details: { retryAfterMs: 2_000 } });
  });

  const HOURS: readonly [string, { retryAfter?: string; retryAfterDate?: number }, number][] = [
    ['a fraction', { retryAfter: '120.5' }, 120_000],
    ['a short fraction', { retryAfter: '7.5' }, 7_500],
    ['two headers in one', { retryAfter: '5, 5' }, 5_000],
    ['an hour', { retryAfter: '3600' }, 120_000],
    ['a date', { retryAfterDate: 30 }, 30_000],
    ['a date that has passed', { retryAfterDate: -30 }, 0],
  ];
  it.each([429, 500, 503, 504].flatMap((status) => HOURS.map(([form, said, expected]) => [status, form, said, expected] as const)))(
    'keep the pause of a %d that is named as %s, and none longer than two minutes',
    async (status, _, said, retryAfterMs) => {
      tenant.faults.add({ operation: 'auth.methods.list', occurrence: 1, kind: 'status', status, ...said });
      await expect(reader.methods(harness.id('lena'))).rejects.toMatchObject({ details: { status, retryAfterMs } });
    },
  );

  it('say for how long Microsoft asks to wait, and when the next try is', async () => {
    tenant.faults.add({ operation: 'auth.methods.list', occurrence: 1, kind: 'status', status: 503, retryAfter: 3600 });
    await expect(reader.methods(harness.id('lena'))).rejects.toThrow('Microsoft asks to wait 3600 s, the next try is after 120 s');
  });

  it.each([
    [429, '-1', 2_000],
    [429, 'soon', 2_000],
    [503, '-1', undefined],
    [403, '60', undefined],
    [400, '60', undefined],
  ])('take a %d with “%s” for one that names no pause', async (status, retryAfter, pause) => {
    tenant.faults.add({ operation: 'auth.methods.list', occurrence: 1, kind: 'status', status, retryAfter });
    const error: unknown = await reader.methods(harness.id('lena')).catch((problem: unknown) => problem);
    expect(error).toMatchObject({ details: { status } });
    expect((error as RunbookError).details.retryAfterMs).toBe(pause);
  });

  it.each([null, 'yes'])('block and revoke where accountEnabled is %s, and take nothing for done that no answer says', async (value) => {
    const key = value === null ? 'mute' : 'mum';
    tenant.faults.add({ operation: 'user.get', occurrence: { from: 1 }, kind: 'odd-field', field: 'accountEnabled', value });
    const here = await run(key);
    await expect(applyStep(tools(), blockSignIn, here)).resolves.toMatchObject({ kind: 'unseen' });
    expect(tenant.truth.account(key).enabled).toBe(false);
    await expect(applyStep(tools(), revokeSessions, here)).resolves.toMatchObject({ kind: 'verified', changed: true });
    tenant.faults.clear();
    await expect(applyStep(tools(), blockSignIn, here)).resolves.toMatchObject({ kind: 'verified', changed: true });
    expect(effectsOn(key, 'accountEnabled')).toHaveLength(1);
  });

  it.each([1_000, 3_000])('see sessions ended where the clock of the server that answers is %d ms ahead', async (aheadMs) => {
    tenant.faults.add({ operation: 'user.get', occurrence: { from: 1 }, kind: 'clock-ahead', aheadMs });
    // In one second two revocations get the same time.
    const last = Date.parse(tenant.truth.account('fast').signInSessionsValidFrom);
    await expect.poll(() => Math.floor(Date.now() / 1000)).toBeGreaterThan(Math.floor(last / 1000));
    const outcome = await applyStep(tools(), revokeSessions, await run('fast'));
    expect(outcome).toMatchObject({ kind: 'verified', changed: true });
  });

  it('try once more with a new token after one was refused, and not a second time', async () => {
    const tokens = () => tenant.journal.records().filter((record) => record.path.endsWith('/oauth2/v2.0/token')).length;
    const before = tokens();
    tenant.faults.add({ operation: 'user.get', occurrence: 1, kind: 'status', status: 401, code: 'InvalidAuthenticationToken' });
    await expect(reader.isEnabled(harness.id('lena'))).resolves.toMatchObject({ value: true });
    expect(tokens()).toBe(before + 1);
    tenant.faults.add({
      operation: 'user.get',
      occurrence: { from: 1, to: 2 },
      kind: 'status',
      status: 401,
      code: 'InvalidAuthenticationToken',
    });
    await expect(reader.isEnabled(harness.id('lena'))).rejects.toMatchObject({ code: 'GRAPH_UNAUTHORIZED' });
    expect(tokens()).toBe(before + 2);
  });

  it('say that somebody is not there', async () => {
    await expect(reader.isEnabled(nobody)).rejects.toMatchObject({ code: 'GRAPH_NOT_FOUND' });
  });

  it('learn what kind of account it is, roles through groups and eligible ones included', async () => {
    const learned = await reader.learnAccount(harness.id('rita'), [], 'none');
    expect(learned.value).toMatchObject({
      facts: { roles: [expect.stringMatching(/^[0-9a-f-]{36}$/)], userType: 'Member' },
      blindSpots: [],
    });
  });

  it('take roles that cannot be read for a blind spot only when there is no patience left', async () => {
    tenant.faults.add({ operation: 'roles.assignments.list', occurrence: { from: 1 }, kind: 'status', status: 503 });
    await expect(reader.learnAccount(harness.id('lena'), [], 'more')).rejects.toMatchObject({ code: 'GRAPH_UNAVAILABLE' });
    const learned = await reader.learnAccount(harness.id('lena'), [], 'none');
    expect(learned.value.blindSpots).toEqual([{ what: 'roles', why: 'no-answer' }]);
  });

  it('send nothing but object ids in a path', async () => {
    await expect(reader.isEnabled('ana#EXT#@contoso.example' as typeof nobody)).rejects.toThrow('takes an object id');
  });
});
