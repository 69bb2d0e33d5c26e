// Lists of Microsoft Graph are read to their end, or are said to be incomplete. One
// odd field or one odd item never hides the others.
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hasUnreadableLog, readIncidentLogs } from '../../../activities/incident-logs.ts';
import type { DirectoryReader } from '../../../activities/microsoft/directory-reader.ts';
import { ENDPOINTS } from '../../../activities/microsoft/endpoints.ts';
import { MEMBER } from '../../../activities/microsoft/schemas.ts';
import { readOrBlindSpot } from '../../../activities/read-or-blind-spot.ts';
import { DEFAULT_DURATIONS } from '../../../domain/policy.ts';
import type { BlindSpot, Reading } from '../../../domain/step.ts';
import type { MethodSeed } from '../../../drill/microsoft/company.ts';
import type { Fault } from '../../../drill/microsoft/faults.ts';
import { employee } from '../../../drill/microsoft/fixture.ts';
import type { Tenant } from '../../../drill/microsoft/start.ts';
import { type ActivityHarness, openActivityHarness } from '../activity-harness.ts';

const METHODS: readonly MethodSeed[] = [
  { kind: 'authenticator', displayName: 'Rose phone', default: true },
  { kind: 'phone', phoneNumber: '+1 5550100', phoneType: 'mobile' },
  { kind: 'fido2', displayName: 'Rose key' },
];
const LABELS = ['Authenticator app “Rose phone”', 'Password', 'Phone ending in 00 (mobile)', 'Security key “Rose key”'];
const HOME = '192.0.2.10';
const ABROAD = '203.0.113.77';
const SINCE = '2026-01-01T00:00:00Z';
const INCOMPLETE = (what: BlindSpot['what']): BlindSpot => ({ what, why: 'incomplete-answer' });

let harness: ActivityHarness;
let tenant: Tenant;
let reader: DirectoryReader;

beforeAll(async () => {
  harness = await openActivityHarness(
    [
      employee('root', { roles: ['Global Administrator'] }),
      employee('boss', { roles: ['Global Administrator'] }),
      ...['ada', 'bea', 'cai'].map((key) => employee(key)),
      employee('ana', { methods: METHODS }),
    ],
    { approvers: ['ada', 'bea', 'cai'], breakGlass: ['root'] },
  );
  ({ tenant } = harness);
  reader = harness.tools.reader;
  await harness.signIn('ana', 'owner', HOME);
  await harness.signIn('ana', 'attacker', ABROAD);
  await harness.hands.addMethod(await harness.signIn('ana', 'attacker', ABROAD), { kind: 'softwareOath' });
});
afterEach(() => tenant.faults.clear());

type ListFault = { [Kind in Fault['kind']]: Omit<Extract<Fault, { kind: Kind }>, 'occurrence' | 'operation'> }[Fault['kind']];
const play = (operation: string, fault: ListFault, occurrence: Fault['occurrence'] = { from: 1 }): void => {
  tenant.faults.add({ operation, occurrence, ...fault });
};
const requests = (operation: string): number => tenant.journal.records().filter((record) => record.operation === operation).length;

async function requestsOf<Value>(operation: string, reading: () => Promise<Value>): Promise<{ value: Value; made: number }> {
  const before = requests(operation);
  const value = await reading();
  return { value, made: requests(operation) - before };
}

const labels = async (): Promise<{ labels: string[]; blindSpots: readonly BlindSpot[] }> => {
  const { value, blindSpots = [] } = await reader.methods(harness.id('ana'));
  return {
    labels: value
      .map(({ label }) => label)
      .filter((label) => label !== 'Code app')
      .sort(),
    blindSpots,
  };
};

describe('a list', () => {
  it('is read to its end, however small its pages are', async () => {
    play('auth.methods.list', { kind: 'pages', size: 1 }, 1);
    const { value, made } = await requestsOf('auth.methods.list', labels);
    expect(value).toEqual({ labels: LABELS, blindSpots: [] });
    expect(made).toBe(5);
  });

  it('goes on after an empty page', async () => {
    play('auth.methods.list', { kind: 'pages', size: 0 }, 1);
    expect(await labels()).toEqual({ labels: LABELS, blindSpots: [] });
  });

  it('shows an item once that two pages show', async () => {
    play('auth.methods.list', { kind: 'pages', size: 2, overlapping: true }, 1);
    expect(await labels()).toEqual({ labels: LABELS, blindSpots: [] });
  });

  it('ends where its next link is null', async () => {
    play('auth.methods.list', { kind: 'odd-field', field: '@odata.nextLink', value: null });
    expect(await labels()).toEqual({ labels: LABELS, blindSpots: [] });
  });

  it.each(['expired', 'gone'] as const)('keeps what came, and is said to be incomplete, when its next link is %s', async (link) => {
    play('auth.methods.list', { kind: 'pages', size: 2, link }, 1);
    const { labels: kept, blindSpots } = await labels();
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.length).toBeLessThan(LABELS.length);
    expect(blindSpots).toEqual([INCOMPLETE('sign-in-methods')]);
  });

  it.each(['repeated', 'circular'] as const)('ends, and is said to be incomplete, when its next link is %s', async (link) => {
    play('auth.methods.list', { kind: 'pages', size: 1, link }, 1);
    const { value, made } = await requestsOf('auth.methods.list', labels);
    expect(value.blindSpots).toEqual([INCOMPLETE('sign-in-methods')]);
    // No more than one page beside those that there are.
    expect(made).toBeLessThanOrEqual(6);
  });

  it.each(['foreign', 'unencrypted', 'unreadable'] as const)('does not follow a next link that is %s', async (link) => {
    play('auth.methods.list', { kind: 'pages', size: 1, link }, 1);
    const { value, made } = await requestsOf('auth.methods.list', labels);
    expect(value.blindSpots).toEqual([INCOMPLETE('sign-in-methods')]);
    // A server that is followed there by another name writes it down as well.
    expect(made).toBe(1);
  });

  it('does not follow a number', async () => {
    play('auth.methods.list', { kind: 'odd-field', field: '@odata.nextLink', value: 5 });
    expect(await labels()).toEqual({ labels: LABELS, blindSpots: [INCOMPLETE('sign-in-methods')] });
  });

  it('is asked for again by the engine when a page is lost, and is a blind spot when no try is left', async () => {
    play('auth.methods.list', { kind: 'pages', size: 2, link: 'lost' });
    await expect(reader.methods(harness.id('ana'))).rejects.toMatchObject({ code: 'GRAPH_UNAVAILABLE' });
    expect(await readOrBlindSpot('sign-in-methods', true, reader.methods(harness.id('ana')))).toMatchObject({
      value: null,
      blindSpots: [{ what: 'sign-in-methods', why: 'no-answer' }],
    });
  });

  it('that has no list in it is no answer', async () => {
    play('auth.methods.list', { kind: 'odd-field', field: 'value', value: null });
    await expect(reader.methods(harness.id('ana'))).rejects.toMatchObject({ code: 'GRAPH_ANSWER_UNREADABLE' });
  });
});

describe('a log', () => {
  const signIns = () => reader.signInsSince(harness.id('ana'), SINCE);
  const actions = () => reader.activitySince(harness.id('ana'), SINCE);
  const logs = () => readIncidentLogs(reader, { subject: harness.id('ana'), reportedAt: Date.now(), durations: DEFAULT_DURATIONS }, true);

  it('of sign-ins is asked for each kind by itself, and is one log', async () => {
    const from = tenant.journal.records().length;
    const { value, blindSpots } = await signIns();
    expect(value.filter(({ errorCode }) => errorCode === 0)).toHaveLength(3);
    expect(blindSpots).toEqual([]);
    const asked = tenant.journal
      .records()
      .slice(from)
      .filter(({ operation }) => operation === 'signins.list.beta');
    expect(asked.map(({ status }) => status)).toEqual([200, 200]);
    const kinds = asked.map(({ query }) => query.match(/'(?:i|nonI)nteractiveUser'/g));
    expect(kinds.every((each) => each?.length === 1)).toBe(true);
    expect(new Set(kinds.flat()).size).toBe(2);
  });

  it.each<[string, string, () => Promise<Reading<readonly unknown[]>>, BlindSpot['what']]>([
    ['the sign-in log', 'signins.list.beta', signIns, 'sign-in-log'],
    ['the audit log', 'audit.byInitiator', actions, 'audit-log'],
  ])('that is %s is blind where a page is missing, and what came still counts', async (_, operation, read, what) => {
    const whole = (await read()).value.length;
    play(operation, { kind: 'odd-field', field: '@odata.nextLink', value: 'the next page' });
    const { value, blindSpots } = await read();
    expect(value).toHaveLength(whole);
    expect(blindSpots).toEqual([INCOMPLETE(what)]);
    expect(hasUnreadableLog(await logs())).toBe(true);
  });

  it.each([
    ['status', null],
    ['status/errorCode', null],
    ['createdDateTime', 'yesterday'],
    ['', 'no row'],
  ])('of sign-ins says that it is incomplete where "%s" of a row is %s, and the other rows count', async (field, value) => {
    const whole = (await signIns()).value.length;
    play('signins.list.beta', { kind: 'odd-field', where: 'first-item', field, value });
    const read = await signIns();
    expect(read.value).toHaveLength(whole - 1);
    expect(read.blindSpots).toEqual([INCOMPLETE('sign-in-log')]);
  });

  it.each([
    ['ipAddress', 7],
    ['id', null],
  ])('of sign-ins loses no row where "%s" is %s', async (field, value) => {
    const whole = (await signIns()).value.length;
    play('signins.list.beta', { kind: 'odd-field', where: 'every-item', field, value });
    const read = await signIns();
    expect(read.value).toHaveLength(whole);
    expect(read.blindSpots).toEqual([]);
  });

  it.each([
    ['result', 7],
    ['initiatedBy', null],
    ['initiatedBy/user', 'ana'],
    ['initiatedBy/user/ipAddress', 7],
    ['id', null],
  ])('of acts loses no row where "%s" is %s', async (field, value) => {
    const whole = (await actions()).value.length;
    play('audit.byInitiator', { kind: 'odd-field', where: 'every-item', field, value });
    expect((await actions()).value).toHaveLength(whole);
  });
});

describe('an odd field', () => {
  it.each([
    ['@odata.type', null],
    ['id', 7],
    ['', null],
    ['', 'text'],
  ])('"%s" (%s) of a method makes it an unknown one, left to people, and the others stay what they are', async (field, value) => {
    play('auth.methods.list', { kind: 'odd-field', where: 'last-item', field, value });
    const { value: methods } = await reader.methods(harness.id('ana'));
    expect(methods.filter(({ kind }) => kind === 'unknown')).toHaveLength(1);
    expect(methods).toHaveLength(5);
  });

  it.each([['displayName'], ['phoneNumber'], ['createdDateTime'], ['phoneType']])(
    '"%s" of methods leaves their kinds known',
    async (field) => {
      play('auth.methods.list', { kind: 'odd-field', where: 'every-item', field, value: 7 });
      const { value: methods } = await reader.methods(harness.id('ana'));
      expect(methods.filter(({ kind }) => kind === 'unknown')).toEqual([]);
    },
  );

  it.each([
    ['accountEnabled', null],
    ['accountEnabled', 'yes'],
    ['userType', 'Robot'],
    ['onPremisesSyncEnabled', 'perhaps'],
    ['userPrincipalName', null],
  ])('"%s" (%s) of an account is a blind spot, and the rest is learned', async (field, value) => {
    play('user.get', { kind: 'odd-field', field, value });
    const { value: learned } = await reader.learnAccount(harness.id('boss'), [], 'none');
    expect(learned.blindSpots).toEqual([INCOMPLETE('account')]);
    expect(learned.facts.roles).toHaveLength(1);
  });

  it('of a role is a blind spot of the roles, and the others count', async () => {
    play('roles.assignments.list', { kind: 'odd-field', where: 'first-item', field: 'roleDefinitionId', value: null });
    const { value: learned } = await reader.learnAccount(harness.id('boss'), [], 'none');
    expect(learned.blindSpots).toEqual([INCOMPLETE('roles')]);
    // Its memberships name the role as well.
    expect(learned.facts.roles).toHaveLength(1);
  });

  it('lets nobody decide who is not known to be enabled, a member of the directory, and in the group', async () => {
    const now = () => reader.personNow(harness.id('ada'), harness.group);
    expect(await now()).toEqual({ inGroup: true, guest: false, enabled: true });
    play('user.get', { kind: 'odd-field', field: 'accountEnabled', value: null });
    expect(await now()).toMatchObject({ enabled: false });
    tenant.faults.clear();
    play('user.get', { kind: 'odd-field', field: 'userType', value: 7 });
    expect(await now()).toMatchObject({ guest: true });
    tenant.faults.clear();
    play('groups.transitiveMemberOf', { kind: 'odd-field', where: 'every-item', field: 'isAssignableToRole', value: 'odd' });
    expect(await now()).toMatchObject({ inGroup: true });
    tenant.faults.clear();
    play('groups.transitiveMemberOf', { kind: 'pages', size: 0, link: 'gone' });
    await expect(now()).rejects.toMatchObject({ code: 'GRAPH_REFUSED' });
  });

  it('keeps no baseline from being stored, and counts for nobody', async () => {
    play('user.get', { kind: 'odd-field', field: 'accountEnabled', value: null });
    await harness.rebase();
    const { baseline } = await harness.tools.baseline.latest();
    expect(baseline).toMatchObject({ administrators: [], provenBreakGlass: [], breakGlass: [harness.id('root')] });
    expect(baseline.approvers).toHaveLength(3);
    tenant.faults.clear();
    play('domains.list', { kind: 'odd-field', where: 'first-item', field: 'authenticationType', value: null });
    await harness.rebase();
    // A domain that does not say who proves its people may have it done elsewhere.
    expect((await harness.tools.baseline.latest()).federatedDomains).toEqual(['contoso.example']);
    tenant.faults.clear();
    await harness.rebase();
    expect((await harness.tools.baseline.latest()).federatedDomains).toEqual([]);
  });

  it('stores no baseline from a list with pages missing', async () => {
    play('groups.transitiveMembers', { kind: 'pages', size: 1, link: 'gone' });
    await expect(harness.rebase()).rejects.toMatchObject({ code: 'GRAPH_REFUSED' });
  });

  it('as the items of a list are counted, not dropped', async () => {
    play('groups.transitiveMembers', { kind: 'odd-field', where: 'first-item', field: '', value: 'text' });
    const list = await harness.door('reader').list(ENDPOINTS.groupMembers, { id: harness.group }, MEMBER);
    expect(list).toMatchObject({ unread: 1, cutShort: null });
    expect(list.items).toHaveLength(2);
  });
});
