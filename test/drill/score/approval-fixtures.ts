// The same small drill with an eradication that Kim approved, made manually: the plan,
// the prompt, the form that was sent, what was changed, and the prompt that says so.

import { parseScenario } from '../../../drill/scenarios/scenario.ts';
import { type PlanKind } from '../../../drill/scenarios/types.ts';
import type { DrillEvidence, PersonTruth, SlackMoment, TenantCall } from '../../../drill/score/input.ts';
import type { Message } from '../../../drill/slack/types.ts';
import { ACTOR, ANA, at, CALLS, call, evidence, recordOf, STORY, TRUTH_OF_ANA } from './evidence.ts';

export const KIM = '5c2d8e10-7b34-4f6a-a1c9-0e8d7f6b5a43';
export const LEE = '6d3e9f21-8c45-4a7b-b2da-1f9e8a7c6b54';

type Line = (typeof STORY)[number];

const target = (id: string): { kind: string; id: string } => ({ kind: id === ANA ? 'account' : 'method', id });
const change = (id: string, ticked = true): object => ({ target: target(id), from: 'there', to: null, ticked });

export const PLAN = {
  digest: 'digest-one',
  group: 'eradication',
  round: 1,
  revision: 1,
  attempt: 1,
  steps: [
    { step: 'reset-password', changes: [change(ANA)] },
    { step: 'remove-methods', changes: [change('m1'), change('m0', false)] },
  ],
  byHand: [],
  needs: { approvers: 1, stepUp: false },
  askedBy: null,
};

const by = `plan/${PLAN.digest}`;
const step = (name: string, id: string): Record<string, unknown> => ({ step: name, attempt: 1, target: target(id) });

export const ERADICATION: readonly Line[] = [
  { kind: 'plan.made', ms: 3000, body: PLAN },
  { kind: 'decision.received', ms: 5200, body: { act: 'approve', person: KIM, approver: 'approver', plan: PLAN.digest, signed: true } },
  { kind: 'approval.given', ms: 5300, body: { digest: PLAN.digest, person: KIM, missing: 0 } },
  { kind: 'plan.approved', ms: 5301, body: { digest: PLAN.digest, by: [KIM] } },
  { kind: 'plan.begun', ms: 5400, body: { digest: PLAN.digest } },
  { kind: 'step.intended', ms: 5500, body: { ...step('reset-password', ANA), by } },
  { kind: 'step.intended', ms: 5501, body: { ...step('remove-methods', 'm1'), by } },
  { kind: 'step.applied', ms: 5700, body: { ...step('reset-password', ANA), changed: true, requestId: 'request-reset' } },
  { kind: 'step.applied', ms: 5701, body: { ...step('remove-methods', 'm1'), changed: true, requestId: 'request-delete' } },
  { kind: 'step.verified', ms: 5900, body: step('reset-password', ANA) },
  { kind: 'step.verified', ms: 5950, body: step('remove-methods', 'm1') },
  { kind: 'plan.done', ms: 6100, body: { digest: PLAN.digest } },
];

/** The whole record with such lines in their places, and with the right number of entries at its end. */
function recordWith(lines: readonly Line[]): string {
  const all = [...STORY, ...lines].sort((a, b) => a.ms - b.ms);
  return recordOf(all.map((line) => (line.kind === 'case.closed' ? { ...line, body: { ...line.body, entries: all.length } } : line)));
}

export const bentEradication = (kind: string, body: Record<string, unknown>): readonly Line[] =>
  ERADICATION.map((line) => (line.kind === kind ? { ...line, body: { ...line.body, ...body } } : line));

export const prompt = (ms: number, state: string, code: string | null, number = 1001, group: PlanKind = 'eradication'): SlackMoment => ({
  at: at(ms),
  kind: 'message.posted',
  message: {
    channel: 'C0RESPOND',
    ts: '3.000100',
    user: 'U0BOT',
    text: `Case ${number}: a plan`,
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: `Case ${number}: ${group} plan, ${state}` } },
      { type: 'section', text: { type: 'mrkdwn', text: 'Reset the password; remove Authenticator app “Pixel 4”' } },
      ...(code === null ? [] : withButtons(code)),
    ],
    version: 1,
  } satisfies Message,
});

const withButtons = (code: string): Message['blocks'] => [
  { type: 'section', text: { type: 'mrkdwn', text: `Plan code ${code}` } },
  { type: 'actions', elements: [{ type: 'button', action_id: 'a', text: { type: 'plain_text', text: 'Approve eradication…' } }] },
];

export const typed = (ms: number, account: string, code: string, shownInForm = 'Reset the password'): SlackMoment => ({
  at: at(ms),
  kind: 'envelope.sent',
  envelopeId: `typed-${ms}`,
  payloadType: 'view_submission',
  envelope: {
    payload: {
      type: 'view_submission',
      user: { id: account },
      view: {
        title: { type: 'plain_text', text: 'Approve the plan' },
        blocks: [
          { type: 'section', block_id: 's', text: { type: 'mrkdwn', text: shownInForm } },
          {
            type: 'input',
            block_id: 'b',
            label: { type: 'plain_text', text: 'Plan code' },
            element: { type: 'plain_text_input', action_id: 'a' },
          },
        ],
        state: { values: { b: { a: { type: 'plain_text_input', value: code } } } },
      },
    },
  },
});

export const SLACK: readonly SlackMoment[] = [
  ...evidence().slack,
  prompt(3500, 'approval needed', '4821'),
  typed(5000, 'U0KIM', '4821'),
  prompt(6200, 'done', null),
];

export const CHANGES: readonly TenantCall[] = [
  call('user.resetPassword', 5600, {
    actor: { kind: 'app', appId: ACTOR },
    status: 204,
    requestId: 'request-reset',
    effects: [{ what: 'password', target: ANA }],
  }),
  call('auth.microsoftAuthenticatorMethods.delete', 5650, {
    actor: { kind: 'app', appId: ACTOR },
    path: `/v1.0/users/${ANA}/authentication/microsoftAuthenticatorMethods/m1`,
    status: 204,
    requestId: 'request-delete',
    effects: [{ what: 'method', target: `${ANA}/method/m1` }],
  }),
];

const colleague = (key: string, id: string): PersonTruth => ({
  ...TRUTH_OF_ANA,
  key,
  id,
  enabled: [],
  sessionsCut: [],
  methods: [],
  slackAccounts: [`U0${key.toUpperCase()}`, `U0${key.toUpperCase()}2`],
  attacker: { everIn: false, usableNow: false, lastAccess: null, refusedSince: null },
});

const CLEANED: PersonTruth = {
  ...TRUTH_OF_ANA,
  passwordSet: [at(5605)],
  methods: [{ id: 'm1', name: 'Pixel 4', from: at(500), until: at(5655) }],
};

export const TRUTH: DrillEvidence['truth'] = {
  people: [CLEANED, colleague('kim', KIM), colleague('lee', LEE)],
  footholds: [{ id: 'm1', kind: 'method', person: 'ana', name: 'Pixel 4', present: false, changedByApp: null }],
  ownersThings: [{ id: 'm0', kind: 'method', person: 'ana', name: 'Blue key', present: true, changedByApp: null }],
  approvers: { fromStart: [KIM, LEE], changes: [] },
  channels: [{ id: 'C0RESPOND', members: ['U0KIM', 'U0LEE'] }],
};

export const truthWhere = (part: Partial<PersonTruth>): DrillEvidence['truth'] => ({
  ...TRUTH,
  people: TRUTH.people.map((person) => (person.key === 'ana' ? { ...person, ...part } : person)),
});

export function approved(part: Partial<DrillEvidence> & { readonly lines?: readonly Line[] } = {}): DrillEvidence {
  const { lines = ERADICATION, ...rest } = part;
  return {
    ...evidence(),
    scenario: parseScenario({ name: 'by-hand', story: 'Made by hand.', lag: 'none', people: { ana: {} } }),
    slack: SLACK,
    calls: [...CALLS, ...CHANGES],
    truth: TRUTH,
    bundles: [{ path: '/bundles/case-1001', entries: recordWith(lines), verified: true, said: 'whole' }],
    ...rest,
  };
}
