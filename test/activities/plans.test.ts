// What people are asked to approve: how a plan is drawn, and what the record says of it.
import { describe, expect, it } from 'vitest';
import { collect } from '../../activities/collect.ts';
import { ENDPOINTS } from '../../activities/microsoft/endpoints.ts';
import { draftEradicationSteps, type EradicationFacts } from '../../activities/plans/eradication.ts';
import { attributeMethod, proposalFor } from '../../domain/attribution.ts';
import type { CaseId } from '../../domain/ids.ts';
import { windowOf } from '../../domain/log-analysis.ts';
import type { MethodKind, SeenMethod } from '../../domain/method.ts';
import { planCode } from '../../domain/plan.ts';
import { DEFAULT_DURATIONS } from '../../domain/policy.ts';
import { kindsOf } from './activity-harness.ts';
import {
  ATTACKER,
  besides,
  closed,
  HOME,
  harness,
  hashOf,
  kindsIn,
  MOBILE_ID,
  owner,
  planIn,
  type Said,
  somebody,
} from './planned-fixtures.ts';

describe('a plan', () => {
  it('has a digest that anybody can compute from the record', async () => {
    const key = somebody();
    const about = await closed(key);
    const { digest } = await harness.planned(about, key, 'eradication');
    const { said, labels } = await planIn(about, digest);
    const { group, round, revision, attempt, steps, byHand, kept, labelsSha256 } = said as Said & Record<string, unknown>;
    expect(hashOf({ case: about, group, round, revision, attempt, steps, byHand, kept, labelsSha256 })).toBe(digest);
    expect(hashOf(labels)).toBe(labelsSha256);
    expect(said.digest).toBe(digest);
  });

  it('does not let its labels be guessed from their hash: the same names hash differently each time', async () => {
    const key = somebody();
    const about = await closed(key);
    const [one, other] = [await harness.planned(about, key, 'eradication'), await harness.planned(about, key, 'eradication', { round: 2 })];
    const [first, second] = [await planIn(about, one.digest), await planIn(about, other.digest)];
    expect({ ...first.labels, salt: '' }).toEqual({ ...second.labels, salt: '' });
    expect(first.labels.salt).not.toBe(second.labels.salt);
    expect(first.said.labelsSha256).not.toBe(second.said.labelsSha256);
    expect(one.digest).not.toBe(other.digest);
  });

  it('that is made twice is made once, and shown by the names it was made with', async () => {
    const key = somebody();
    const about = await closed(key);
    const first = await harness.planned(about, key, 'eradication');
    await besides(ENDPOINTS.removePhone, key, { methodId: MOBILE_ID });
    expect(await harness.planned(about, key, 'eradication')).toEqual(first);
    expect(await kindsIn(about, 'plan.made')).toHaveLength(1);
    const { rows } = await owner.query('SELECT content FROM display WHERE case_id = $1 AND key = $2', [about, `plan/${first.digest}`]);
    expect(rows[0].content).toEqual((await planIn(about, first.digest)).labels);
  });

  it('stays made when by the second try it would not be made any more', async () => {
    const key = somebody();
    const about = await closed(key, 'denied-or-ignored');
    const first = await harness.planned(about, key, 'release');
    harness.tenant.faults.add({ operation: 'signins.list.beta', occurrence: { from: 1 }, kind: 'status', status: 403 });
    // Somebody may be reading it already: a plan nobody in the case knows of could never be answered.
    expect(await harness.plan(about, key, 'release')).toEqual({ kind: 'made', plan: first });
    expect(await harness.plan(about, key, 'release', { round: 2 })).toEqual({ kind: 'refused', because: 'logs-forbid' });
  });

  it('is made for no case that the record did not open about this account', async () => {
    const about = await closed(somebody());
    const before = harness.tenant.journal.records().length;
    await expect(harness.plan(about, 'ned', 'eradication')).rejects.toMatchObject({ code: 'CASE_UNKNOWN' });
    expect(harness.tenant.journal.records()).toHaveLength(before);
  });

  it('takes the notes of the workflow along', async () => {
    const key = somebody();
    const about = await closed(key);
    const note = { kind: 'containment.confirmed', schemaVersion: 1, by: harness.id('ada') } as const;
    await harness.planned(about, key, 'eradication', {
      notes: [{ key: 'containment/confirmed', at: new Date().toISOString(), event: note }],
    });
    expect(kindsOf(await harness.entries(about)).slice(-2)).toEqual(['containment.confirmed', 'plan.made']);
  });
});

describe('the survey', () => {
  const collected = (about: CaseId, key: string, eradication: number | null = 2, lastTry = true, withLogs = true) =>
    collect(harness.tools, { caseId: about, subject: harness.id(key), eradication, withLogs, notes: [], lastTry });

  it('draws the eradication from its own readings, once, and changes nothing', async () => {
    const key = somebody();
    const about = await harness.report(key);
    const before = harness.writes().length;
    const { plan, blindSpots } = await collected(about, key);
    expect(plan).toMatchObject({ group: 'eradication', round: 1, revision: 1, attempt: 2 });
    expect(blindSpots).toEqual([]);
    expect((await collected(about, key)).plan).toEqual(plan);
    expect(await harness.planned(about, key, 'eradication')).toEqual(plan);
    expect(await kindsIn(about, 'plan.made')).toHaveLength(1);
    expect(await kindsIn(about, 'evidence.collected')).toMatchObject([
      { body: { methods: { authenticator: 1, phone: 1, password: 1 }, enabled: true } },
    ]);
    expect(harness.writes()).toHaveLength(before);
  });

  it('gives the plan that an earlier try made, whatever can be read by now', async () => {
    const key = somebody();
    const about = await harness.report(key);
    const { plan } = await collected(about, key);
    harness.tenant.faults.add({ operation: 'user.get', actorKey: 'reader', occurrence: { from: 1 }, kind: 'status', status: 403 });
    expect((await collected(about, key)).plan).toEqual(plan);
  });

  it('draws none where the closing is not ordered yet, and reads all the same', async () => {
    const key = somebody();
    const about = await harness.report(key, { what: 'denied-or-ignored' });
    expect((await collected(about, key, null)).plan).toBeNull();
    expect(await kindsIn(about, 'plan.made')).toEqual([]);
    expect(await kindsIn(about, 'evidence.collected')).toHaveLength(1);
  });

  it('leaves the logs alone where the closing waits for them: they are read for that, and nothing is spent on a second reading', async () => {
    const key = somebody();
    const about = await harness.report(key, { what: 'denied-or-ignored' });
    const before = harness.tenant.journal.records().length;
    expect(await collected(about, key, null, true, false)).toMatchObject({ blindSpots: [] });
    const read = harness.tenant.journal.records().slice(before);
    expect(read.some(({ path }) => path.includes('/authentication/methods'))).toBe(true);
    expect(read.some(({ path }) => path.includes('/auditLogs/'))).toBe(false);
  });

  it('names what it cannot read, and tries for what may still come', async () => {
    const key = somebody();
    const about = await harness.report(key);
    harness.tenant.faults.add({ operation: 'signins.list.beta', occurrence: { from: 1 }, kind: 'status', status: 503 });
    await expect(collected(about, key, 2, false)).rejects.toMatchObject({ code: 'GRAPH_UNAVAILABLE' });
    const { blindSpots, plan } = await collected(about, key);
    expect(blindSpots).toEqual([{ what: 'sign-in-log', why: 'no-answer' }]);
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
  const draw = (methods: readonly SeenMethod[] | null, part: Partial<EradicationFacts> = {}) =>
    draftEradicationSteps(
      {
        subject: '00000000-0000-4000-8000-00000000000a',
        outsideReach: [],
        account: { passwordChangedAt: null, sessionsCutAt: null, readAt: '2026-11-23T04:00:00Z' },
        methods,
        methodsMissing: false,
        window: { fromMs: NIGHT, attackerAddresses: [ATTACKER], additions: [], sameMomentMs: DEFAULT_DURATIONS.sameMomentMs },
        passwordDone: false,
        ...part,
      },
      (text) => `fingerprint of ${text}`,
    );
  const additions = [{ at: NIGHT + 60_000, address: ATTACKER }];

  it.each<[string, MethodKind, Partial<EradicationFacts>, readonly unknown[]]>([
    ['a code token', 'hardware-oath', {}, [{ what: 'remove-methods', because: 'no-api' }]],
    ['a QR code', 'qr-code', {}, [{ what: 'remove-methods', because: 'no-api' }]],
    ['a kind that nobody knows', 'unknown', {}, [{ what: 'remove-methods', because: 'no-api' }]],
    ['what did not come', 'fido2', { methodsMissing: true }, [{ what: 'remove-methods', because: 'list-unreadable' }]],
    ['a certificate from before', 'certificate', {}, []],
    [
      'a certificate that may be the attacker’s',
      'certificate',
      { window: { fromMs: NIGHT, attackerAddresses: [ATTACKER], additions, sameMomentMs: DEFAULT_DURATIONS.sameMomentMs } },
      [{ what: 'remove-methods', because: 'no-api' }],
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
    const guest = { outsideReach: ['guest-home-tenant'] } as const;
    expect(draw([], guest)).toBeNull();
    expect(draw(null, guest)).toBeNull();
    expect(draw([seen('phone')], guest)?.steps.map(({ step }) => step)).toEqual(['remove-methods']);
    expect(draw([], { outsideReach: ['federated'] })?.steps.map(({ step }) => step)).toEqual(['revoke-sessions']);
  });

  it('is nothing where nothing is to be done', () => {
    expect(draw([seen('password'), seen('fido2', { addedAt: '2025-01-01T00:00:00Z' })], { passwordDone: true })).toBeNull();
  });
});

describe('the logs', () => {
  const NIGHT = Date.parse('2026-11-23T03:10:00Z');
  const at = (minutes: number): string => new Date(NIGHT + minutes * 60_000).toISOString();
  const row = (minutes: number, address: string, errorCode = 0) => ({ at: at(minutes), errorCode, correlationId: null, address });
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
  const REPORTED = { reportedAt: NIGHT + 30 * 60_000, durations: DEFAULT_DURATIONS };

  it('do not make the place an owner always comes from an attacker’s, because they refused a prompt there first', () => {
    const window = windowOf([...HABIT, row(1, ATTACKER, 500_121), row(10, HOME)], [added(12, HOME)], REPORTED);
    expect(window.attackerAddresses).toEqual([]);
    expect(proposalFor(keyOf(12), attributeMethod(keyOf(12), window))).toBe('ask');
  });

  it('make a place an attacker’s that this account never came from', () => {
    const window = windowOf([...HABIT, row(1, ATTACKER, 500_121), row(2, ATTACKER), row(10, HOME)], [added(4, ATTACKER)], REPORTED);
    expect(window.attackerAddresses).toEqual([ATTACKER]);
    expect(proposalFor(keyOf(4), attributeMethod(keyOf(4), window))).toBe('remove');
    expect(proposalFor(keyOf(1), attributeMethod(keyOf(1), window))).toBe('keep');
  });
});

it('a plan code is of the digest alone', async () => {
  const key = somebody();
  const about = await closed(key);
  const { digest } = await harness.planned(about, key, 'eradication');
  expect(planCode(digest)).toBe(String(1000 + (Number.parseInt(digest.slice(0, 12), 16) % 9000)));
});
