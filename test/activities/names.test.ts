// Whoever holds a session names a key as they like. No name keeps a plan from
// being made, approved and carried out, or a bundle from being checked; what
// Microsoft answered stays in the record as it came.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { collect } from '../../activities/collect.ts';
import { recheck } from '../../activities/recheck.ts';
import { STEPS } from '../../activities/steps/registry.ts';
import { applyStep } from '../../activities/steps/runner.ts';
import type { Step } from '../../activities/steps/step.ts';
import type { PlanLabels } from '../../domain/plan.ts';
import { NO_ACTIVITY } from '../../domain/recheck.ts';
import type { Fault } from '../../drill/microsoft/faults.ts';
import { employee } from '../../drill/microsoft/fixture.ts';
import { writeBundle } from '../../ledger/bundle.ts';
import { verifyBundle } from '../../ledger/verify.ts';
import { type ActivityHarness, openActivityHarness } from './activity-harness.ts';

const NAMES = {
  nul: 'Key of Ana\u0000; DROP TABLE',
  'first-half': 'Half \uD83D',
  'second-half': '\uDE00 half',
  swapped: '\uDE00\uD83D',
  long: '\uD83D\uDE00'.repeat(300),
  turned: '\u202Eeno doog A',
  lines: 'one\ntwo\u2028three',
  mention: '<!channel> *bold* `code`',
} as const;

let harness: ActivityHarness;
beforeAll(async () => {
  harness = await openActivityHarness(
    [
      employee('root', { roles: ['Global Administrator'] }),
      ...['ada', 'bea', 'cai'].map((key) => employee(key)),
      ...Object.entries(NAMES).map(([key, displayName]) =>
        employee(key, {
          methods: [
            { kind: 'authenticator', displayName, default: true },
            { kind: 'fido2', displayName, createdDateTime: new Date().toISOString() },
            { kind: 'external', displayName },
            { kind: 'phone', phoneNumber: `+1 ${displayName}`, phoneType: 'mobile' },
            { kind: 'email', emailAddress: `a@${displayName}` },
          ],
        }),
      ),
    ],
    { approvers: ['ada', 'bea', 'cai'] },
  );
});
afterEach(() => harness.tenant.faults.clear());

const ODD_EVERYWHERE: readonly Fault[] = [
  {
    operation: 'audit.byInitiator',
    occurrence: { from: 1 },
    kind: 'odd-field',
    where: 'every-item',
    field: 'activityDisplayName',
    value: NAMES.nul,
  },
  {
    operation: 'signins.list.beta',
    occurrence: { from: 1 },
    kind: 'odd-field',
    where: 'every-item',
    field: 'userAgent',
    value: NAMES['first-half'],
  },
  { operation: 'user.get', occurrence: { from: 1 }, kind: 'odd-field', field: 'displayName', value: NAMES['first-half'] },
];

it.each(Object.entries(NAMES))(
  'a method with a name that is %s is planned, approved and removed, and its bundle holds',
  async (key, name) => {
    const { tools, tenant } = harness;
    for (const fault of ODD_EVERYWHERE) tenant.faults.add(fault);
    await harness.signIn(key, 'owner', '192.0.2.10');
    const about = await harness.report(key);
    for (const step of ['block-sign-in', 'revoke-sessions'] as const) {
      await applyStep(tools, STEPS[step], harness.run(about, key, { kind: 'policy', blockLimit: null }));
    }
    const subject = harness.id(key);
    const collected = await collect(tools, { caseId: about, subject, eradication: 2, withLogs: true, notes: [], lastTry: true });
    const { plan } = collected;
    if (plan === null) throw new Error('expected a plan of the survey');
    await harness.approve(about, key, plan.digest, ['ada']);
    for (const step of plan.steps) {
      const { passwordChangedAt, signInSessionsValidFrom } = tenant.truth.account(key);
      const last = Math.max(Date.parse(passwordChangedAt), Date.parse(signInSessionsValidFrom));
      await expect.poll(() => Math.floor(Date.now() / 1000)).toBeGreaterThan(Math.floor(last / 1000));
      const run = harness.run(about, key, { kind: 'plan', digest: plan.digest }, plan.attempt);
      expect(await applyStep(tools, STEPS[step] as Step<unknown>, run)).toMatchObject({ kind: 'verified' });
    }
    const now = Date.now();
    const facts = {
      needed: ['block-sign-in', 'revoke-sessions'],
      openedAt: now,
      containmentSince: now,
      blockedAt: now,
      releasedAt: null,
      outsideReach: [],
      containments: 1,
      blockedByUs: true,
      known: NO_ACTIVITY,
    } as const;
    const look = await recheck(tools, { caseId: about, subject, look: 1, cleaned: true, facts, notes: [], lastTry: true });
    expect(look).toMatchObject({ enabled: false, newItems: 0, blindSpots: [] });

    const entries = await harness.ledger.entries(about);
    // The labels that people see can be kept; the answers are as they came.
    const made = entries.find(({ content }) => content.kind === 'plan.made');
    const { content: labels } = await harness.ledger.attachment(about, made?.seq ?? 0, 'labels');
    const shown = Object.values((labels as PlanLabels).of);
    expect(shown.length).toBeGreaterThan(0);
    for (const label of shown) {
      expect(label).not.toMatch(/\p{Surrogate}/u);
      expect(label).not.toContain('\u0000');
    }
    const stored = entries.find(({ content }) => content.kind === 'evidence.collected');
    const raw = stored?.content.attachments.find(({ name: each }) => each.endsWith('auth.methods.list'))?.name ?? '';
    const { content: answer } = await harness.ledger.attachment(about, stored?.seq ?? 0, raw);
    expect((answer as { value: { displayName?: string }[] }).value.map(({ displayName }) => displayName)).toContain(name);

    const folder = await mkdtemp(join(tmpdir(), 'unapprove-test-'));
    expect(await verifyBundle(await writeBundle(harness.ledger, about, folder))).toMatchObject({ ok: true });
    await rm(folder, { recursive: true });
  },
);
