// What reporters write and the number to call: sealed in the ledger, and in a row that people are shown and that can be erased.
import { createHash, createPublicKey, randomUUID } from 'node:crypto';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { DirectoryReader } from '../../../activities/microsoft/directory-reader.ts';
import { openRepositories } from '../../../activities/people/repositories.ts';
import type { TriageRun, TriageTools } from '../../../activities/people/triage-types.ts';
import { verifyActions } from '../../../activities/people/verify-actions.ts';
import type { ReportEnvelope, SignedEnvelope } from '../../../domain/action.ts';
import { NOTHING_STRICTER } from '../../../domain/approval-requirements.ts';
import { type CaseId, caseId, objectId, tenantId } from '../../../domain/ids.ts';
import { DEFAULT_DURATIONS } from '../../../domain/policy.ts';
import { makeSigner, verifySigned } from '../../../inbox/envelope.ts';
import { keyIdOf, makeKeys } from '../../../inbox/keys.ts';
import { canonicalBytes } from '../../../ledger/canonical.ts';
import { openLedgerHarness } from '../../ledger/ledger-harness.ts';

const { ledger, owner, appUrl } = await openLedgerHarness();
const tables = openRepositories(appUrl);
afterAll(() => tables.close());

const TEAM = 'T0TEST';
const ANA = objectId('abababab-0000-4000-8000-000000000001');
const PHONE = '+31 20 555 0042';
const WORDS = { contacted: 'Bernard from IT', more: null, reach: '+31 6 00000000' };
await tables.people.confirm(
  [
    { slackTeam: TEAM, slackUser: 'U0ANA', objectId: ANA, name: 'Ana Novak', phone: null },
    { slackTeam: TEAM, slackUser: 'U0ANA2', objectId: ANA, name: 'Ana Novak', phone: PHONE },
  ],
  'test',
);

const keys = makeKeys();
const signer = makeSigner(keys.signing);
const publicKey = createPublicKey(keys.signing.privateKey);
const publicKeys = new Map([[keyIdOf(publicKey), publicKey]]);
const baseline = {
  digest: 'd',
  storedAt: 's',
  breakGlass: [],
  provenBreakGlass: [],
  syncAccounts: [],
  administrators: [],
  approverGroup: ANA,
  approvers: [],
};

let inInbox: unknown;
let emptied: string[];
beforeEach(() => {
  inInbox = WORDS;
  emptied = [];
});

const tools = (more: Partial<TriageTools> = {}): TriageTools => ({
  ledger,
  reader: {
    learnAccount: async () => ({
      value: {
        facts: {
          id: ANA,
          enabled: true,
          userType: 'Member',
          synced: false,
          federated: false,
          managementRestricted: false,
          roles: [],
          inRoleAssignableGroup: false,
        },
        blindSpots: [],
      },
      answers: [],
    }),
  } as Partial<DirectoryReader> as DirectoryReader,
  people: tables.people,
  display: tables.display,
  approverGroup: ANA,
  baseline: {
    latest: async () => ({ baseline, federatedDomains: [] }),
    byDigest: async () => ({ baseline, federatedDomains: [] }),
  },
  inbox: {
    verify: (act) => verifySigned(act, publicKeys),
    words: async () => inInbox,
    empty: async (key) => void emptied.push(key),
  },
  policy: { version: 'v', durations: DEFAULT_DURATIONS, stricter: NOTHING_STRICTER },
  alarm: async () => undefined,
  ...more,
});

function report(): SignedEnvelope<ReportEnvelope> {
  const envelope: ReportEnvelope = {
    version: 1,
    key: `slack:V1:${createHash('sha256').update(randomUUID()).digest('hex')}`,
    channel: 'slack',
    team: TEAM,
    person: 'U0ANA',
    act: 'report',
    values: { what: 'approved', when: 'today', about: null, wordsSha256: 'a'.repeat(64) },
    at: '2026-11-20T03:10:00.000Z',
    nonce: 'n'.repeat(24),
  };
  return { ...signer.sign(envelope), envelope };
}

const run = (actions: readonly SignedEnvelope[], part: Partial<TriageRun> = {}): TriageRun => ({
  tenant: tenantId('10000000-0000-4000-8000-000000000001'),
  subject: ANA,
  caseId: caseId(randomUUID()),
  actions,
  opening: true,
  lastTry: false,
  ...part,
});

const bodyOf = async (id: CaseId, kind: string) =>
  (await ledger.entries(id)).find(({ content }) => content.kind === kind)?.content.body ?? {};
const rowsOf = async (id: CaseId): Promise<Map<string, Record<string, unknown>>> => {
  const { rows } = await owner.query<{ key: string; content: Record<string, unknown> }>(
    'SELECT key, content FROM display WHERE case_id = $1',
    [id],
  );
  return new Map(rows.map(({ key, content }) => [key, content]));
};
const digest = (content: unknown): string => createHash('sha256').update(canonicalBytes(content)).digest('hex');

describe('the words of a report', () => {
  it('stand in a row whose digest the ledger names, and in clear nowhere in the ledger', async () => {
    const act = report();
    const here = run([act]);
    await verifyActions(tools(), here);
    const row = (await rowsOf(here.caseId)).get(`report/${act.envelope.key}`);
    expect(row).toMatchObject(WORDS);
    expect(digest(row)).toBe((await bodyOf(here.caseId, 'report.received'))['shownSha256']);
    const { rows } = await owner.query<{ text: string }>(
      "SELECT convert_from(content, 'UTF8') AS text FROM ledger_entry WHERE chain = $1",
      [here.caseId],
    );
    expect(rows.filter(({ text }) => text.includes('Bernard') || text.includes(WORDS.reach))).toEqual([]);
  });

  it('have a digest that nobody can guess without the row', async () => {
    const act = report();
    const here = run([act]);
    await verifyActions(tools(), here);
    const { shownSha256 } = await bodyOf(here.caseId, 'report.received');
    expect(shownSha256).not.toBe(digest(WORDS));
    expect(String((await rowsOf(here.caseId)).get(`report/${act.envelope.key}`)?.['salt'])).toMatch(/^[0-9a-f]{64}$/);
  });

  it('are the same row when a try is repeated after a crash, and the inbox forgets them last', async () => {
    const act = report();
    const here = run([act]);
    const broken = { put: () => Promise.reject(new Error('the database went away')) };
    await expect(verifyActions(tools({ display: broken }), here)).rejects.toThrow('the database went away');
    expect(emptied).toEqual([]);
    await verifyActions(tools(), here);
    expect(emptied).toEqual([act.envelope.key]);
    const row = (await rowsOf(here.caseId)).get(`report/${act.envelope.key}`);
    expect(digest(row)).toBe((await bodyOf(here.caseId, 'report.received'))['shownSha256']);
  });

  it('of a further report stand there as well', async () => {
    const first = run([report()]);
    await verifyActions(tools(), first);
    const second = report();
    await verifyActions(tools(), { ...first, actions: [second], opening: false });
    expect((await rowsOf(first.caseId)).get(`report/${second.envelope.key}`)).toMatchObject(WORDS);
  });

  it('go with the key of the case', async () => {
    const here = run([report()]);
    await verifyActions(tools(), here);
    await ledger.eraseCase(here.caseId);
    expect(await rowsOf(here.caseId)).toEqual(new Map());
  });

  it('that no database takes do not keep the report from being dealt with', async () => {
    inInbox = { ...WORDS, more: 'nul \0 and half a pair \uD83D' };
    const act = report();
    const here = run([act]);
    expect(await verifyActions(tools(), here)).toMatchObject({ reports: [{ key: act.envelope.key }] });
    expect((await rowsOf(here.caseId)).get(`report/${act.envelope.key}`)).toMatchObject({ more: 'nul \uFFFD and half a pair \uFFFD' });
  });

  it('that cannot be opened leave the report as it is, and the ledger says that none can be shown', async () => {
    inInbox = null;
    const here = run([report()]);
    await verifyActions(tools(), here);
    expect(await bodyOf(here.caseId, 'report.received')).toMatchObject({ wordsSha256: 'a'.repeat(64), shownSha256: null });
  });
});

describe('the number to call', () => {
  it('is the one of the table of people, never the one that the report gives', async () => {
    const here = run([report()]);
    await verifyActions(tools(), here);
    const row = (await rowsOf(here.caseId)).get('phone');
    expect(row).toMatchObject({ phone: PHONE });
    expect(digest(row)).toBe((await bodyOf(here.caseId, 'case.opened'))['phoneSha256']);
  });

  it('is none where the table has none', async () => {
    const here = run([report()]);
    await verifyActions(tools({ people: { ...tables.people, phoneOf: async () => null } }), here);
    expect((await rowsOf(here.caseId)).has('phone')).toBe(false);
    expect(await bodyOf(here.caseId, 'case.opened')).toMatchObject({ phoneSha256: null });
  });
});
