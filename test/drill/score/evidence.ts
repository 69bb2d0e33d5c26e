// A small, whole and honest drill, made manually: a case whose account was blocked and
// contained. Each test changes one fact and sees the score catch it.
import { parseScenario } from '../../../drill/scenarios/scenario.ts';
import type { DrillEvidence, PersonTruth, SlackMoment, TenantCall } from '../../../drill/score/input.ts';
import type { Message } from '../../../drill/slack/types.ts';

export const ANA = '3b1f2c64-8a0d-4f59-9b3e-0d4a7c1e9f21';
export const ACTOR = 'c40e6a93-81d5-4f7b-9e2a-d3b6f1c8057e';
export const READER = '9b1d7e44-2c3f-4a58-b6d0-7e5f8a9c0b12';
const START = Date.parse('2026-11-24T02:00:00.000Z');

/** A moment, so many ms after the start. */
export const at = (ms: number): string => new Date(START + ms).toISOString();

/** blocked at 2,000; effective by 20,000; contained at 25,000; the attacker last inside at 6,000. */
export const EFFECTIVE_BY = at(20_000);

const NOT_CHECKED = [
  'mailbox-rules-and-forwarding',
  'mailbox-delegates-and-permissions',
  'consents-and-app-roles',
  'devices',
  'directory-roles-and-groups',
  'created-apps-and-users',
  'app-credentials',
  'sharing',
  'acts-on-other-accounts',
  'sign-in-methods',
];

export const NOT_CHECKED_LINE =
  'Not checked by unapprove: mailbox rules and forwarding; app consents and app-role assignments; devices; sign-in methods. Check these by hand.';

interface Line {
  readonly kind: string;
  readonly ms: number;
  readonly body: Record<string, unknown>;
}

export const STORY: readonly Line[] = [
  { kind: 'case.opened', ms: 1000, body: { number: 1001, subject: ANA } },
  { kind: 'report.received', ms: 1001, body: { reporter: ANA } },
  { kind: 'account.learned', ms: 1002, body: { enabled: true, blindSpots: [] } },
  { kind: 'order.made', ms: 1100, body: { row: 'ordinary', order: { kind: 'contain', steps: ['block-sign-in', 'revoke-sessions'] } } },
  { kind: 'step.intended', ms: 1200, body: { step: 'block-sign-in', attempt: 1 } },
  { kind: 'step.intended', ms: 1201, body: { step: 'revoke-sessions', attempt: 1 } },
  { kind: 'step.applied', ms: 1600, body: { step: 'block-sign-in', attempt: 1, changed: true, requestId: 'request-block' } },
  { kind: 'step.applied', ms: 1601, body: { step: 'revoke-sessions', attempt: 1, changed: true, requestId: 'request-revoke' } },
  { kind: 'step.verified', ms: 1990, body: { step: 'block-sign-in', attempt: 1 } },
  { kind: 'step.verified', ms: 2000, body: { step: 'revoke-sessions', attempt: 1 } },
  { kind: 'evidence.collected', ms: 2400, body: { methods: {}, enabled: false, blindSpots: [] } },
  { kind: 'account.blocked', ms: 2500, body: { blockedAt: at(2000), effectiveBy: EFFECTIVE_BY } },
  { kind: 'recheck.made', ms: 24_000, body: { enabled: false, sessionsCutAt: at(1500), actsBefore: 0, actsAfter: 0, blindSpots: [] } },
  { kind: 'account.contained', ms: 25_000, body: { effectiveBy: EFFECTIVE_BY } },
  { kind: 'case.closed', ms: 26_000, body: { outcome: 'contained', notChecked: NOT_CHECKED, blindSpots: [], entries: 15 } },
];

/** entries.jsonl of the story, or of a bent one. */
export const recordOf = (lines: readonly Line[] = STORY): string =>
  lines
    .map(({ kind, ms, body }, index) =>
      JSON.stringify({
        seq: index + 1,
        storedAt: START + ms,
        hash: '',
        prev: '',
        content: { case: 'case', key: `key/${index}`, kind, actor: 'worker', body },
      }),
    )
    .join('\n');

export const bent = (kind: string, body: Record<string, unknown>, ms?: number): string =>
  recordOf(STORY.map((line) => (line.kind === kind ? { kind, ms: ms ?? line.ms, body: { ...line.body, ...body } } : line)));

export const call = (operation: string, ms: number, part: Partial<TenantCall> = {}): TenantCall => ({
  at: at(ms),
  answeredAt: at(ms + 10),
  actor: { kind: 'app', appId: READER },
  operation,
  path: `/v1.0/users/${ANA}`,
  status: 200,
  requestId: `request-${operation}-${ms}`,
  effects: [],
  ...part,
});

export const CALLS: readonly TenantCall[] = [
  call('user.get', 900),
  call('groups.transitiveMemberOf', 900, { path: `/v1.0/users/${ANA}/transitiveMemberOf` }),
  call('roles.assignments.list', 900, { path: `/v1.0/roleManagement/directory/roleAssignments?$filter=principalId eq '${ANA}'` }),
  call('roles.eligible.list', 900, {
    path: `/v1.0/roleManagement/directory/roleEligibilityScheduleInstances?$filter=principalId eq '${ANA}'`,
  }),
  call('user.disable', 1400, {
    actor: { kind: 'app', appId: ACTOR },
    status: 204,
    requestId: 'request-block',
    effects: [{ what: 'accountEnabled', target: ANA }],
  }),
  call('user.revokeSignInSessions', 1400, {
    actor: { kind: 'app', appId: ACTOR },
    path: `/v1.0/users/${ANA}/revokeSignInSessions`,
    requestId: 'request-revoke',
    effects: [{ what: 'signInSessionsValidFrom', target: ANA }],
  }),
  call('auth.methods.list', 2000, { path: `/v1.0/users/${ANA}/authentication/methods` }),
  call('signins.list.beta', 23_000, { path: `/beta/auditLogs/signIns?$filter=userId eq '${ANA}'` }),
  call('audit.byInitiator', 23_000, { path: `/v1.0/auditLogs/directoryAudits?$filter=initiatedBy/user/id eq '${ANA}'` }),
  call('user.get', 23_500, { actor: { kind: 'app', appId: ACTOR } }),
];

export const TRUTH_OF_ANA: PersonTruth = {
  key: 'ana',
  id: ANA,
  guest: false,
  enabledAtStart: true,
  enabled: [{ at: at(1450), to: false, by: 'product' }],
  sessionsCut: [at(1500)],
  passwordSet: [],
  methods: [{ id: 'm1', name: 'Pixel 4', from: at(500), until: null }],
  slackAccounts: ['U0ANA'],
  attacker: { everIn: true, usableNow: false, lastAccess: at(6000), refusedSince: at(7000) },
};

export const shown = (ms: number, ...lines: readonly string[]): SlackMoment => ({
  at: at(ms),
  kind: 'message.posted',
  message: {
    channel: 'C0RESPOND',
    ts: `${ms}.000100`,
    user: 'U0BOT',
    text: lines.join('\n'),
    blocks: [],
    version: 1,
  } satisfies Message,
});

const SLACK: readonly SlackMoment[] = [
  { at: at(600), kind: 'envelope.sent', envelopeId: 'one', payloadType: 'view_submission' },
  { at: at(700), kind: 'envelope.acked', envelopeId: 'one', within: 100, late: false },
  shown(1300, 'Case 1001: containing the account', 'Block sign-in: under way; no fresh read shows it yet'),
  shown(
    2600,
    'Case 1001: account blocked',
    'Block sign-in: done; a fresh read showed it at 02:00:01',
    'Revoke all sessions: done; a fresh read showed it at 02:00:02',
  ),
  shown(25_100, 'Case 1001: account contained', NOT_CHECKED_LINE),
];

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

export function evidence(part: Partial<DrillEvidence> = {}): DrillEvidence {
  return {
    scenario: parseScenario({
      name: 'by-hand',
      story: 'Made by hand.',
      people: { ana: {} },
      expect: {
        outcome: 'contained',
        account: 'blocked',
        blockedBy: 'product',
        reports: 1,
        footholdsLeft: 1,
        blindSpots: [],
        attackerOut: true,
      },
    }),
    apps: { reader: READER, actor: ACTOR },
    calls: CALLS,
    slack: SLACK,
    pages: [],
    pagerRefusals: [],
    truth: {
      people: [TRUTH_OF_ANA],
      footholds: [{ id: 'm1', kind: 'method', person: 'ana', name: 'Pixel 4', present: true, changedByApp: null }],
      ownersThings: [{ id: 'm0', kind: 'method', person: 'ana', name: 'Pixel 4', present: true, changedByApp: null }],
      approvers: { fromStart: [], changes: [] },
      channels: [{ id: 'C0RESPOND', members: ['U0KIM', 'U0LEE'] }],
    },
    bundles: [{ path: '/bundles/case-1001', entries: recordOf(), verified: true, said: 'whole' }],
    tenantEntries: '',
    histories: [
      {
        workflowId: `case/tenant/${ANA}`,
        runId: 'run',
        type: 'approvedPrompt',
        bytes: 9000,
        events: [{ eventType: 'EVENT_TYPE_WORKFLOW_EXECUTION_STARTED' }],
      },
    ],
    collected: [
      { material: 'database dump', name: 'dump.json', bytes: encode('{"rows": []}') },
      { material: 'logs', name: 'worker.log', bytes: encode('{"event":"baseline-stored"}') },
      { material: 'bundle', name: 'entries.jsonl', bytes: encode(recordOf()) },
    ],
    needles: [{ name: "Ana's password", value: 'Correct-Horse-9-Battery!' }],
    control: 'CONTROL-7f3ac91b-do-not-miss-me',
    troubles: [],
    ...part,
  };
}

export const withRecord = (entries: string): Partial<DrillEvidence> => ({
  bundles: [{ path: '/bundles/case-1001', entries, verified: true, said: 'whole' }],
});

export const withTruth = (person: Partial<PersonTruth>): Partial<DrillEvidence> => ({
  truth: { ...evidence().truth, people: [{ ...TRUTH_OF_ANA, ...person }] },
});
