import { describe, expect, it } from 'vitest';
import type { LedgerEvent } from '../../domain/case/events.ts';
import type { CaseView } from '../../domain/case/view.ts';
import type { Target } from '../../domain/step.ts';
import { validateBlocks } from '../../drill/slack/block-kit/validate.ts';
import type { Message } from '../../slack-app/views/message.ts';
import { type Labels, NO_NAMES } from '../../slack-app/views/plan-lines.ts';
import { planPrompt } from '../../slack-app/views/plan-prompt.ts';
import { ANA, CASE, closedCase, IVO, NOOR, names } from './case-views.ts';
import {
  approvalGiven,
  closing,
  eradication,
  METHODS,
  method,
  planApproved,
  planBegun,
  planDeclined,
  planDone,
  planExpired,
  planReplaced,
  release,
  revised,
  stepFailed,
  stepVerified,
  type TestPlan,
  targetDropped,
  targetsOf,
  undo,
  viewOf,
} from './plans.ts';
import { readable } from './readable.ts';

const account: Target = { kind: 'account', id: ANA };
const plan = eradication(ANA);
const removed = targetsOf(plan, 'remove-methods');
const approved = [approvalGiven(plan, NOOR), planApproved(plan, NOOR)];
const twoNeeded = eradication(ANA, { needs: { approvers: 2, stepUp: false } });
const stepUp = eradication(ANA, { needs: { approvers: 2, stepUp: true } });
const synced = eradication(ANA, {
  outsideReach: ['synced'],
  methods: [...METHODS, method('hardware-oath', 'Code token “safe”')],
});
const heldByNoor: Partial<CaseView> = { heldFor: [{ kind: 'by-hand' }], heldBy: NOOR };

interface Example {
  readonly name: string;
  readonly of?: TestPlan;
  readonly later?: readonly LedgerEvent[];
  readonly view?: Partial<CaseView>;
  readonly labels?: Labels;
  readonly header: string;
  readonly buttons: readonly string[];
  readonly says: readonly string[];
  readonly never?: readonly string[];
}

const ALL = ['Approve eradication…', 'Decline eradication…', 'Change items…'];

const EXAMPLES: readonly Example[] = [
  {
    name: 'a plan that is asked',
    header: 'Case 1042: eradication plan, approval needed',
    buttons: ALL,
    says: [
      'Case 1042: the eradication plan needs an approver.',
      'Confirm containment and carry out eradication of these 4 items?',
      'Account: Ana Prieto @U0ANA',
      'Decide now: an attacker who added a sign-in method can use it to set a new password.',
      'Reset the password. The attacker may know the password.',
      '- Authenticator app “Pixel 9”: added from an address of the attacker',
      '- Phone ending in 17 (mobile): there before, but it can be phished',
      'Revoke all sessions.',
      '- Security key “blue one”: added while the attacker was inside',
      'Stays: Windows Hello “ANA-LAPTOP”',
      'Cannot be undone:',
      '- A removed method cannot be put back; the owner registers it again.',
      'One approver is needed: not the person it is about, not who reported it.',
      'Answer by 2026-11-24 15:03:20 UTC',
    ],
    never: ['who requested it', 'Approved by', 'on hold'],
  },
  {
    name: 'a plan of a case that is confirmed already',
    view: { waitsForRatification: false, confirmedBy: NOOR },
    header: 'Case 1042: eradication plan, approval needed',
    buttons: ALL,
    says: ['Carry out eradication of these 4 items?'],
    never: ['Confirm containment'],
  },
  {
    name: 'a plan that needs two approvers',
    of: twoNeeded,
    header: 'Case 1042: eradication plan, approval needed',
    buttons: ALL,
    says: [
      'Case 1042: the eradication plan needs two approvers.',
      'Two approvers are needed: not the person it is about, not who reported it.',
    ],
    never: ['Approved so far'],
  },
  {
    name: 'a plan that one of two has approved',
    of: twoNeeded,
    later: [approvalGiven(twoNeeded, NOOR, 1)],
    header: 'Case 1042: eradication plan, approval needed',
    buttons: ALL,
    says: [
      'Case 1042: the eradication plan needs one more approver.',
      'Approved so far by Noor Haddad @U0NOOR (42 s after the plan was made).',
      'One more approver is needed',
    ],
    never: ['Two approvers'],
  },
  {
    name: 'a plan that needs a fresh sign-in',
    of: stepUp,
    header: 'Case 1042: eradication plan, approval needed',
    buttons: ['Decline eradication…'],
    says: [
      'Case 1042: the eradication plan cannot be approved in Slack.',
      // First, so that no one reads a plan that they cannot approve.
      'Account: Ana Prieto @U0ANA\nNobody can approve this in Slack',
      'by hand',
      'then press "Decline eradication…"',
      'Not ticked, so it stays:',
    ],
    // It never expires, and no number of approvers is enough.
    never: ['Answer by', 'approvers are needed', 'Plan code', 'unless an approver ticks'],
  },
  {
    name: 'a plan whose names could not be verified',
    labels: null,
    header: 'Case 1042: eradication plan, approval needed',
    // Without names, ticks cannot be changed either.
    buttons: ['Decline eradication…'],
    says: [
      'Case 1042: the eradication plan cannot be approved in Slack now.',
      'Account: Ana Prieto @U0ANA\nThe names of these items could not be verified',
      '- Phone: there before',
    ],
    never: ['Plan code', 'ending in 17', 'Pixel', 'approver is needed'],
  },
  {
    name: 'a plan of a case that a person holds',
    view: heldByNoor,
    header: 'Case 1042: eradication plan, approval needed',
    buttons: ALL,
    says: ['The case is on hold: an approved plan waits until an approver presses "Resume case…".'],
    // A held case makes nothing anew.
    never: ['Answer by'],
  },
  {
    name: 'a plan with manual tasks',
    of: synced,
    header: 'Case 1042: eradication plan, approval needed',
    buttons: ALL,
    says: [
      'By hand: Reset the password where it is kept, twice (the one before may still be accepted for a while), because this account comes from Active Directory.',
      "By hand: Check the sign-in methods, and remove those that are not the owner's, in the Entra admin center, Users, this person, Authentication methods, because one of them cannot be removed through Microsoft Graph: Code token “safe”.",
    ],
    never: ['Reset the password.'],
  },
  {
    name: 'a plan whose list of methods could not be read',
    of: eradication(ANA, { methods: null }),
    header: 'Case 1042: eradication plan, approval needed',
    buttons: ['Approve eradication…', 'Decline eradication…'],
    says: ['eradication of these 2 items', 'because the list could not be read'],
    never: ['Remove sign-in methods'],
  },
  {
    name: 'a plan with one item',
    of: eradication(ANA, { outsideReach: ['synced'], methods: [] }),
    header: 'Case 1042: eradication plan, approval needed',
    buttons: ['Approve eradication…', 'Decline eradication…'],
    says: ['Confirm containment and carry out eradication of this item?'],
  },
  {
    name: 'an approved plan',
    later: approved,
    header: 'Case 1042: eradication plan, approved',
    buttons: ['Decline eradication…'],
    says: [
      'Case 1042: the eradication plan is approved.',
      'Approved by Noor Haddad @U0NOOR (42 s after the plan was made).',
      'Account: Ana Prieto @U0ANA',
      'Remove sign-in methods: 0 of 2 seen done by a fresh read',
      '- Phone ending in 17 (mobile)',
    ],
    never: ['Answer by', 'Plan code', 'unless an approver ticks', 'Cannot be undone'],
  },
  {
    name: 'an approved plan of a held case',
    later: approved,
    view: heldByNoor,
    header: 'Case 1042: eradication plan, approved',
    buttons: ['Decline eradication…'],
    says: ['The case is on hold: nothing more of this plan is done until an approver presses "Resume case…".'],
  },
  {
    name: 'a plan that is under way',
    later: [
      ...approved,
      planBegun(plan),
      stepVerified(plan, 'reset-password', account),
      stepVerified(plan, 'remove-methods', removed[0] ?? account),
    ],
    header: 'Case 1042: eradication plan, under way',
    buttons: [],
    says: [
      'Case 1042: the eradication plan is under way.',
      'Approved by Noor Haddad @U0NOOR (42 s after the plan was made).',
      'Reset the password: 1 of 1 seen done by a fresh read',
      'Remove sign-in methods: 1 of 2 seen done by a fresh read',
      'Revoke all sessions: 0 of 1 seen done by a fresh read',
      'Stays, because it was not ticked: Security key “blue one”',
    ],
    never: ['unless an approver ticks', 'failed', 'skipped'],
  },
  {
    name: 'a plan of which a step failed',
    later: [
      ...approved,
      planBegun(plan),
      stepVerified(plan, 'reset-password', account),
      stepVerified(plan, 'remove-methods', removed[0] ?? account),
      stepFailed(plan, 'remove-methods'),
    ],
    view: { heldFor: [{ kind: 'step-failed', step: 'remove-methods', code: 'GRAPH_FORBIDDEN' }] },
    header: 'Case 1042: eradication plan, under way',
    buttons: [],
    says: [
      'Remove sign-in methods: 1 of 2 seen done by a fresh read; failed: Microsoft does not allow our app to change this account (GRAPH_FORBIDDEN)',
      'The case is on hold: nothing more of this plan is done until an approver presses "Resume case…".',
    ],
  },
  {
    name: 'a plan that is done but for what had changed',
    later: [
      ...approved,
      planBegun(plan),
      stepVerified(plan, 'reset-password', account),
      stepVerified(plan, 'remove-methods', removed[0] ?? account),
      targetDropped(plan, 'remove-methods', removed[1] ?? account),
      stepVerified(plan, 'revoke-sessions', account),
      planDone(plan, 1),
    ],
    header: 'Case 1042: eradication plan, done',
    buttons: [],
    says: [
      'Case 1042: the eradication plan is carried out.',
      'Remove sign-in methods: 1 of 2 seen done by a fresh read; 1 skipped, because it had changed since it was approved',
    ],
  },
  {
    name: 'a declined plan',
    later: [planDeclined(plan, IVO)],
    header: 'Case 1042: eradication plan, declined',
    buttons: [],
    says: [
      'Case 1042: the eradication plan was declined.',
      'Declined by Ivo Kern @U0IVO. Nothing of it was done.',
      '- Phone ending in 17 (mobile)',
    ],
    // Everything stays: none of it was done.
    never: ['seen done', 'Cannot be undone', 'Answer by', 'Stays'],
  },
  {
    name: 'an expired plan',
    later: [planExpired(plan)],
    header: 'Case 1042: eradication plan, expired',
    buttons: [],
    says: ['Case 1042: the eradication plan was not decided in time.', 'It was not decided in time. Nothing of it was done.'],
    never: ['seen done', 'Answer by'],
  },
  {
    name: 'a replaced plan',
    later: [planReplaced(plan)],
    header: 'Case 1042: eradication plan, replaced',
    buttons: [],
    says: ['Case 1042: the eradication plan was replaced.', 'Another plan replaces it.'],
    never: ['seen done', 'Answer by'],
  },
  {
    name: 'a release that a further report has ended',
    of: release(ANA),
    later: [planReplaced(release(ANA), 'stricter-report')],
    header: 'Case 1042: release plan, replaced',
    buttons: [],
    says: ['Another report says more, so this plan is not needed any more.'],
    never: ['Another plan replaces it'],
  },
  {
    name: 'a containment plan for an account that is blocked meanwhile',
    of: closing(ANA),
    later: [planReplaced(closing(ANA), 'account-blocked')],
    header: 'Case 1042: containment plan, replaced',
    buttons: [],
    says: ['The account is blocked, so this plan is not needed any more.'],
    never: ['Another plan replaces it'],
  },
  {
    name: 'a replaced plan that had begun',
    later: [...approved, planBegun(plan), stepVerified(plan, 'reset-password', account), planReplaced(plan, 'approval-lost')],
    header: 'Case 1042: eradication plan, replaced',
    buttons: [],
    says: [
      'Reset the password: 1 of 1 seen done by a fresh read',
      'An approver may not approve any more, so a new plan is made. What was not done of this plan is not done any more.',
    ],
    never: ['Nothing of it was done'],
  },
  {
    name: 'a containment plan',
    of: closing(ANA),
    view: { state: 'open', blockedAt: null, effectiveBy: null, steps: [], waitsForRatification: false },
    header: 'Case 1042: containment plan, approval needed',
    buttons: ['Approve containment…', 'Decline containment…'],
    says: ['Block this account?', 'Block sign-in. An attacker', 'The logs do not show whether an attacker got in: a person must decide.'],
    never: ['contained', 'clean up'],
  },
  {
    name: 'a containment plan after the logs showed a success',
    of: closing(ANA, { because: 'logs-show-success' }),
    view: { state: 'open', blockedAt: null, effectiveBy: null, steps: [], waitsForRatification: false },
    header: 'Case 1042: containment plan, approval needed',
    buttons: ['Approve containment…', 'Decline containment…'],
    says: ["The logs show a sign-in that may be the attacker's. A person must decide whether the account is blocked."],
    never: ['inconclusive'],
  },
  {
    name: 'a plan to release',
    of: release(ANA, { askedBy: IVO }),
    header: 'Case 1042: release plan, approval needed',
    buttons: ['Approve release…', 'Decline release…'],
    says: [
      'Release this account as a false alarm?',
      'This can wait until morning: nothing gets worse meanwhile, and nobody is paged about it. Requested by Ivo Kern @U0IVO.',
      'not who requested it',
      'Enable the account again.',
      'Can be undone:',
      'If it is not answered by 2026-11-24 15:03:20 UTC, a new plan is made from a fresh read.',
    ],
    never: ['A responder asked for it', 'Answer by'],
  },
  {
    name: 'a plan to undo a release',
    of: undo(ANA, { askedBy: IVO }),
    view: { state: 'released' },
    header: 'Case 1042: undo plan, approval needed',
    buttons: ['Approve undo…', 'Decline undo…'],
    says: ['Undo the release and block this account again?', 'Block sign-in again. The account was released by mistake.'],
    // The step is the one that enabled it; this change does the reverse.
    never: ['Enable the account again'],
  },
  {
    name: 'an undo that was carried out',
    of: undo(ANA),
    later: [planBegun(undo(ANA)), stepVerified(undo(ANA), 'release-false-alarm', account), planDone(undo(ANA))],
    header: 'Case 1042: undo plan, done',
    buttons: [],
    says: ['Block sign-in again: 1 of 1 seen done by a fresh read'],
    never: ['Enable the account again'],
  },
];

const draw = ({ of = plan, later = [], view = {}, labels = of.labels }: Partial<Example>): Message => {
  const shown = viewOf(of, ...later);
  return planPrompt({ ...closedCase, plans: [shown], ...view }, CASE, shown, labels, names);
};

/** The captions of the buttons. */
const buttonsOf = ({ blocks }: Message): string[] =>
  blocks
    .flatMap((block) => (block.type === 'actions' ? block.elements : []))
    .flatMap((element) => (element.type === 'button' ? [element.text.text] : []));

describe('the prompt of', () => {
  it.each(EXAMPLES)('$name can be posted, and says what is so', (example) => {
    const message = draw(example);
    expect(validateBlocks(message.blocks, 'message')).toEqual([]);
    // Slack may refuse to put something else in the place of rich text.
    expect(message.blocks.map((block) => block.type).slice(0, 3)).toEqual(['header', 'rich_text', 'context']);
    expect(message.blocks[0]).toMatchObject({ text: { text: example.header } });
    expect(buttonsOf(message)).toEqual(example.buttons);
    const text = readable(message);
    for (const sentence of example.says) expect(text).toContain(sentence);
    for (const word of example.never ?? []) expect(text).not.toContain(word);
  });

  it.each(EXAMPLES)('$name is drawn the same from the same case', (example) => {
    expect(draw(example)).toEqual(draw(example));
  });
});

describe('the plan code', () => {
  it.each(EXAMPLES)('is shown directly above the Approve button or nowhere: $name', (example) => {
    const { blocks, text } = draw(example);
    const { code } = example.of ?? plan;
    const isCode = ({ type, ...block }: (typeof blocks)[number]): boolean =>
      type === 'section' && 'text' in block && typeof block.text === 'object' && block.text.text === `Plan code ${code}`;
    const stands = blocks.findIndex(isCode);
    const approve = example.buttons.find((button) => button.startsWith('Approve '));
    if (approve !== undefined) {
      const below = blocks[stands + 1];
      expect(stands).toBeGreaterThan(0);
      expect(below?.type === 'actions' && below.elements[0]).toMatchObject({ text: { text: approve } });
    } else expect(stands).toBe(-1);
    const elsewhere = blocks.filter((_, at) => at !== stands && blocks[at]?.type !== 'context');
    expect(readable({ text, blocks: elsewhere })).not.toContain(code);
  });

  it('and the buttons under it belong to one revision: another one has blocks of other names', () => {
    const idsOf = (of: TestPlan): unknown[] => draw({ of }).blocks.map((block) => block.block_id ?? '');
    const [one, other] = [idsOf(plan), idsOf(revised(plan, []))];
    expect(one.filter((id) => id !== '' && other.includes(id))).toEqual([]);
  });
});

describe('the names in a prompt', () => {
  it('are not needed when a plan names no items', () => {
    const message = draw({ of: closing(ANA), labels: NO_NAMES });
    expect(buttonsOf(message)).toEqual(['Approve containment…', 'Decline containment…']);
  });

  it('are shown for every item, also when there are sixty of them, and stay within Slack’s limits', () => {
    const many = eradication(ANA, {
      methods: Array.from({ length: 60 }, (_, at) =>
        method(
          'authenticator',
          `Authenticator app “${at}<!channel> <@U0NOOR> *bold* <https://evil.example|ok> \u202Egnitset ${'🙂'.repeat(300)}”`,
          {
            id: `aaaa${at}`,
          },
        ),
      ),
    });
    const message = draw({ of: many });
    expect(validateBlocks(message.blocks, 'message')).toEqual([]);
    const text = readable(message);
    for (let at = 0; at < 60; at += 1) expect(text).toContain(`app “${at}<!channel>`);
    expect(text.length).toBeLessThan(12_000);
    const wire = JSON.stringify(message.blocks);
    expect(wire).not.toMatch(/mrkdwn|"broadcast"|"link"|"usergroup"/);
    expect(wire).not.toMatch(/[\u200B-\u200F\u202A-\u202E\u2066-\u2069]/);
    expect(message.text).not.toContain('channel');
    // The one mention is of our own table.
    expect([...wire.matchAll(/"user_id":"([^"]+)"/g)].map(([, id]) => id)).toEqual(['U0ANA']);
  });

  it('of items that stay are counted when they are many', () => {
    const keys = Array.from({ length: 60 }, (_, at) => method('fido2', `Security key ${'x'.repeat(200)}${at}`));
    const message = draw({ of: eradication(ANA, { methods: [...METHODS, ...keys] }) });
    const text = readable(message);
    expect(text.length).toBeLessThan(12_000);
    expect(text).toMatch(/and \d+ more/);
  });
});
