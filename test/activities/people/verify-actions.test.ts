import { createHash, createPublicKey, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DirectoryReader, LearnedAccount } from '../../../activities/microsoft/directory-reader.ts';
import type { TriageRun, TriageTools } from '../../../activities/people/triage-types.ts';
import { verifyActions } from '../../../activities/people/verify-actions.ts';
import type { Baseline } from '../../../domain/account.ts';
import type { ReportEnvelope, SignedEnvelope } from '../../../domain/action.ts';
import { NOTHING_STRICTER } from '../../../domain/approval-requirements.ts';
import { RunbookError } from '../../../domain/errors.ts';
import { caseId, type ObjectId, objectId, tenantChain, tenantId } from '../../../domain/ids.ts';
import { DEFAULT_DURATIONS } from '../../../domain/policy.ts';
import type { Reading } from '../../../domain/step.ts';
import { makeSigner, verifySigned } from '../../../inbox/envelope.ts';
import { keyIdOf, makeKeys } from '../../../inbox/keys.ts';
import { type Ledger, openLedger } from '../../../ledger/ledger.ts';
import { freshDatabase } from '../../setup/database.ts';

const TEAM = 'T0TEST';
const PEOPLE: Readonly<Record<string, ObjectId>> = {
  U0ANA: objectId('abababab-0000-4000-8000-000000000001'),
  U0BEN: objectId('abababab-0000-4000-8000-000000000002'),
};
const ana = PEOPLE['U0ANA'] ?? objectId('');

const keys = makeKeys();
const signer = makeSigner(keys.signing);
const publicKeys = new Map([[keyIdOf(createPublicKey(keys.signing.privateKey)), createPublicKey(keys.signing.privateKey)]]);

let ledger: Ledger;
let tenant = tenantId(randomUUID());
let learn: () => Promise<Reading<LearnedAccount>>;
let alarms: string[];
let baseline: Baseline;
let graphCalls: number;

beforeAll(async () => {
  ledger = openLedger({ databaseUrl: await freshDatabase(), masterKey: keys.masterKey });
});
afterAll(() => ledger.close());
beforeEach(() => {
  tenant = tenantId(randomUUID());
  alarms = [];
  graphCalls = 0;
  const approverGroup = objectId(randomUUID());
  baseline = {
    digest: 'd',
    storedAt: 's',
    breakGlass: [],
    provenBreakGlass: [],
    syncAccounts: [],
    administrators: [],
    approverGroup,
    approvers: [],
  };
  learn = async () => ({ value: { facts: ordinary, blindSpots: [] }, answers: [] });
});

const ordinary = {
  id: ana,
  enabled: true,
  userType: 'Member',
  synced: false,
  federated: false,
  managementRestricted: false,
  roles: [],
  inRoleAssignableGroup: false,
} as const;

function tools(): TriageTools {
  const reader: Pick<DirectoryReader, 'learnAccount'> = {
    learnAccount: () => {
      graphCalls += 1;
      return learn();
    },
  };
  return {
    ledger,
    reader: reader as DirectoryReader,
    people: {
      objectIdOf: async (team, person) => (team === TEAM ? (PEOPLE[person] ?? null) : null),
      phoneOf: async () => null,
    },
    display: { put: async () => undefined },
    approverGroup: ana,
    baseline: {
      latest: async () => ({ baseline, federatedDomains: [] }),
      byDigest: async () => ({ baseline, federatedDomains: [] }),
    },
    inbox: { verify: (act) => verifySigned(act, publicKeys), words: async () => null, empty: async () => undefined },
    policy: { version: 'v', durations: DEFAULT_DURATIONS, stricter: NOTHING_STRICTER },
    alarm: async ({ reason }) => void alarms.push(reason),
  };
}

function act(part: Partial<ReportEnvelope> & { about?: string | null } = {}): SignedEnvelope<ReportEnvelope> {
  const { about = null, ...envelope } = part;
  const report: ReportEnvelope = {
    version: 1,
    key: `slack:V1:${createHash('sha256').update(randomUUID()).digest('hex')}`,
    channel: 'slack',
    team: TEAM,
    person: 'U0ANA',
    act: 'report',
    values: { what: 'approved', when: 'today', about, wordsSha256: null },
    at: '2026-11-20T03:10:00.000Z',
    nonce: 'n'.repeat(24),
    ...envelope,
  };
  return { ...signer.sign(report), envelope: report };
}

const run = (actions: readonly SignedEnvelope[], part: Partial<TriageRun> = {}): TriageRun => ({
  tenant,
  subject: ana,
  caseId: caseId(randomUUID()),
  actions,
  opening: true,
  lastTry: false,
  ...part,
});

const refusals = async () => (await ledger.entries(tenantChain(tenant))).map((entry) => entry.content.body['code']);

describe('weighing', () => {
  it('opens a case with the first believed report, as one story', async () => {
    const here = run([act()]);
    const weighed = await verifyActions(tools(), here);
    expect(weighed).toMatchObject({
      refused: 0,
      reports: [{ reportedBy: 'subject', what: 'approved' }],
      opened: { account: { kind: 'ordinary' } },
    });
    expect((await ledger.entries(here.caseId)).map((entry) => entry.content.kind)).toEqual([
      'case.opened',
      'report.received',
      'account.learned',
    ]);
  });

  it('gives the same case and no second entry when it runs again', async () => {
    const here = run([act()]);
    const first = await verifyActions(tools(), here);
    expect(await verifyActions(tools(), here)).toEqual(first);
    expect(await ledger.entries(here.caseId)).toHaveLength(3);
  });

  it.each([
    [
      'altered',
      () => ({ ...act(), envelope: { ...act().envelope, values: { ...act().envelope.values, what: 'denied-or-ignored' as const } } }),
    ],
    ['unknown-key', () => ({ ...act(), keyId: 'somebody-elses-key' })],
    ['unsigned', () => ({ ...act(), signature: '' })],
    ['wrong-case', () => act({ person: 'U0BEN' })],
    ['wrong-case', () => act({ person: 'U0STRANGER' })],
    ['wrong-case', () => act({ about: 'U0BEN' })],
  ] as const)(
    'refuses an act that is %s: on the record, with an alarm, without a case and without a call to Microsoft',
    async (code, make) => {
      const here = run([make()]);
      expect(await verifyActions(tools(), here)).toEqual({ reports: [], decisions: [], refused: 1, opened: null });
      expect(await refusals()).toEqual([code]);
      expect(alarms).toHaveLength(1);
      expect(graphCalls).toBe(0);
      expect(await ledger.entries(here.caseId)).toEqual([]);
    },
  );

  it('refuses a report that an earlier case has recorded, and takes it again in its own', async () => {
    const again = act();
    const first = run([again]);
    await verifyActions(tools(), first);
    expect(await verifyActions(tools(), run([again]))).toMatchObject({ refused: 1, opened: null });
    expect(await verifyActions(tools(), { ...first, opening: false })).toMatchObject({ refused: 0 });
  });

  it('believes the true one among forged ones', async () => {
    const weighed = await verifyActions(tools(), run([{ ...act(), signature: '' }, act({ person: 'U0BEN', about: 'U0ANA' })]));
    expect(weighed).toMatchObject({ refused: 1, reports: [{ reportedBy: 'colleague' }] });
  });

  it('treats an account whose reader has lost its rights like a privileged one, and says what it could not see', async () => {
    learn = async () => {
      throw new RunbookError('GRAPH_FORBIDDEN', 'no');
    };
    const here = run([act()]);
    expect(await verifyActions(tools(), here)).toMatchObject({ opened: { account: { kind: 'privileged' } } });
    const learned = (await ledger.entries(here.caseId)).find((entry) => entry.content.kind === 'account.learned');
    expect(learned?.content.body).toMatchObject({
      enabled: null,
      blindSpots: [
        { what: 'account', why: 'permission' },
        { what: 'roles', why: 'permission' },
      ],
    });
  });

  it('still knows a protected account when nothing about it can be read', async () => {
    baseline = { ...baseline, breakGlass: [ana] };
    learn = async () => {
      throw new RunbookError('GRAPH_NOT_FOUND', 'no');
    };
    expect(await verifyActions(tools(), run([act()]))).toMatchObject({
      opened: { account: { kind: 'protected', protectedBecause: 'break-glass' } },
    });
  });

  it('tries again while an answer may still come, and goes on without it on the last try', async () => {
    learn = async () => {
      throw new RunbookError('GRAPH_UNAVAILABLE', 'no');
    };
    const here = run([act()]);
    await expect(verifyActions(tools(), here)).rejects.toMatchObject({ code: 'GRAPH_UNAVAILABLE' });
    expect(await verifyActions(tools(), { ...here, lastTry: true })).toMatchObject({ opened: { account: { kind: 'privileged' } } });
  });
});
