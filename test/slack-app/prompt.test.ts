import { describe, expect, it } from 'vitest';
import type { CaseView } from '../../domain/case-view.ts';
import type { LedgerEvent } from '../../domain/evidence.ts';
import type { Target } from '../../domain/step.ts';
import { validateBlocks } from '../../drill/workspace/block-kit/validate.ts';
import type { Message } from '../../slack-app/views/message.ts';
import { type Labels, NO_NAMES } from '../../slack-app/views/plan-lines.ts';
import { planPrompt } from '../../slack-app/views/plan-prompt.ts';
import { ANA, CASE, closedCase, IVO, NOOR, names } from './case-views.ts';
import {
  approvalGiven,
  cleanUp,
  closing,
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
const plan = cleanUp(ANA);
const removed = targetsOf(plan, 'remove-methods');
const approved = [approvalGiven(plan, NOOR), planApproved(plan, NOOR)];
const twoNeeded = cleanUp(ANA, { needs: { approvers: 2, stepUp: false } });
const stepUp = cleanUp(ANA, { needs: { approvers: 2, stepUp: true } });
const synced = cleanUp(ANA, {
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

const ALL = ['Approve…', 'Decline…', 'Change…'];

const EXAMPLES: readonly Example[] = [
  {
    name: 'a plan that is asked',
    header: 'Case 1042 · clean-up · approval needed',
    buttons: ALL,
    says: [
      'Case 1042: the clean-up plan needs an approver.',
      'Keep it closed, and clean up these 4 things?',
      'Account: Ana Prieto @U0ANA',
      'Now, because whoever added a way to sign in can use it to set a new password.',
      'Reset the password. Whoever sent the prompt may know the password.',
      '- Authenticator app “Pixel 9”: added from an address of the intruder',
      '- Phone ending in 17 (mobile): there before, but it can be phished',
      'End all sessions.',
      '- Security key “blue one”: added while the intruder was inside',
      'Stays: Windows Hello “ANA-LAPTOP”',
      'Cannot be taken back:',
      '- A removed method cannot be put back; the owner registers it again.',
      'One approver is needed: not the person it is about, not who reported it.',
      'Answer by 2026-11-24 15:03:20 UTC',
    ],
    never: ['who asked for it', 'Approved by', 'on hold'],
  },
  {
    name: 'a plan of a case that is ratified already',
    view: { waitsForRatification: false, ratifiedBy: NOOR },
    header: 'Case 1042 · clean-up · approval needed',
    buttons: ALL,
    says: ['Clean up these 4 things?'],
    never: ['Keep it closed'],
  },
  {
    name: 'a plan that needs two approvers',
    of: twoNeeded,
    header: 'Case 1042 · clean-up · approval needed',
    buttons: ALL,
    says: [
      'Case 1042: the clean-up plan needs two approvers.',
      'Two approvers are needed: not the person it is about, not who reported it.',
    ],
    never: ['Approved so far'],
  },
  {
    name: 'a plan that one of two has approved',
    of: twoNeeded,
    later: [approvalGiven(twoNeeded, NOOR, 1)],
    header: 'Case 1042 · clean-up · approval needed',
    buttons: ALL,
    says: [
      'Case 1042: the clean-up plan needs one more approver.',
      'Approved so far by Noor Haddad @U0NOOR (42 s after the plan was made).',
      'One more approver is needed',
    ],
    never: ['Two approvers'],
  },
  {
    name: 'a plan that needs a fresh sign-in',
    of: stepUp,
    header: 'Case 1042 · clean-up · approval needed',
    buttons: ['Decline…'],
    says: [
      'Case 1042: the clean-up plan cannot be approved here.',
      // Before anything else, so that nobody reads to the end for nothing.
      'Account: Ana Prieto @U0ANA\nNobody can approve this here',
      'by hand',
      'then press "Decline…"',
      'Not ticked, so it stays:',
    ],
    // It never expires by itself, and no number of approvers would do.
    never: ['Answer by', 'approvers are needed', 'Plan code', 'unless somebody ticks'],
  },
  {
    name: 'a plan whose names could not be verified',
    labels: null,
    header: 'Case 1042 · clean-up · approval needed',
    // Nobody ticks what they cannot tell apart, either.
    buttons: ['Decline…'],
    says: [
      'Case 1042: the clean-up plan cannot be approved here now.',
      'Account: Ana Prieto @U0ANA\nWhat these things are called could not be verified',
      '- Phone: there before',
    ],
    never: ['Plan code', 'ending in 17', 'Pixel', 'approver is needed'],
  },
  {
    name: 'a plan of a case that a person holds',
    view: heldByNoor,
    header: 'Case 1042 · clean-up · approval needed',
    buttons: ALL,
    says: ['The case is on hold: an approved plan waits until somebody presses "Go on…".'],
    // A held case makes nothing anew.
    never: ['Answer by'],
  },
  {
    name: 'a plan with things that only a person can do',
    of: synced,
    header: 'Case 1042 · clean-up · approval needed',
    buttons: ALL,
    says: [
      'By hand: Reset the password where it is kept, twice (the one before may still be accepted for a while), because this account comes from Active Directory.',
      "By hand: Check the ways to sign in, and remove what is not the owner's, in the Entra admin center, Users, this person, Authentication methods, because one of them cannot be removed by a program: Code token “safe”.",
    ],
    never: ['Reset the password.'],
  },
  {
    name: 'a plan whose list of methods could not be read',
    of: cleanUp(ANA, { methods: null }),
    header: 'Case 1042 · clean-up · approval needed',
    buttons: ['Approve…', 'Decline…'],
    says: ['clean up these 2 things', 'because the list could not be read'],
    never: ['Remove ways to sign in'],
  },
  {
    name: 'a plan with one thing',
    of: cleanUp(ANA, { outsideReach: ['synced'], methods: [] }),
    header: 'Case 1042 · clean-up · approval needed',
    buttons: ['Approve…', 'Decline…'],
    says: ['Keep it closed, and clean up this one thing?'],
  },
  {
    name: 'an approved plan',
    later: approved,
    header: 'Case 1042 · clean-up · approved',
    buttons: ['Decline…'],
    says: [
      'Case 1042: the clean-up plan is approved.',
      'Approved by Noor Haddad @U0NOOR (42 s after the plan was made).',
      'Account: Ana Prieto @U0ANA',
      'Remove ways to sign in: 0 of 2 seen done by a fresh read',
      '- Phone ending in 17 (mobile)',
    ],
    never: ['Answer by', 'Plan code', 'unless somebody ticks', 'Cannot be taken back'],
  },
  {
    name: 'an approved plan of a held case',
    later: approved,
    view: heldByNoor,
    header: 'Case 1042 · clean-up · approved',
    buttons: ['Decline…'],
    says: ['The case is on hold: nothing more of this is done until somebody presses "Go on…".'],
  },
  {
    name: 'a plan that is under way',
    later: [
      ...approved,
      planBegun(plan),
      stepVerified(plan, 'reset-password', account),
      stepVerified(plan, 'remove-methods', removed[0] ?? account),
    ],
    header: 'Case 1042 · clean-up · under way',
    buttons: [],
    says: [
      'Case 1042: the clean-up plan is under way.',
      'Approved by Noor Haddad @U0NOOR (42 s after the plan was made).',
      'Reset the password: 1 of 1 seen done by a fresh read',
      'Remove ways to sign in: 1 of 2 seen done by a fresh read',
      'End all sessions: 0 of 1 seen done by a fresh read',
      'Stays, because it was not ticked: Security key “blue one”',
    ],
    never: ['unless somebody ticks', 'failed', 'left alone'],
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
    header: 'Case 1042 · clean-up · under way',
    buttons: [],
    says: [
      'Remove ways to sign in: 1 of 2 seen done by a fresh read; failed: Microsoft does not allow our app to change this account (GRAPH_FORBIDDEN)',
      'The case is on hold: nothing more of this is done until somebody presses "Go on…".',
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
    header: 'Case 1042 · clean-up · done',
    buttons: [],
    says: [
      'Case 1042: the clean-up plan is carried out.',
      'Remove ways to sign in: 1 of 2 seen done by a fresh read; 1 left alone, because it was not what had been approved any more',
    ],
  },
  {
    name: 'a declined plan',
    later: [planDeclined(plan, IVO)],
    header: 'Case 1042 · clean-up · declined',
    buttons: [],
    says: [
      'Case 1042: the clean-up plan was declined.',
      'Declined by Ivo Kern @U0IVO. Nothing of it was done.',
      '- Phone ending in 17 (mobile)',
    ],
    // Everything stays: none of it was done.
    never: ['seen done', 'Cannot be taken back', 'Answer by', 'Stays'],
  },
  {
    name: 'an expired plan',
    later: [planExpired(plan)],
    header: 'Case 1042 · clean-up · expired',
    buttons: [],
    says: ['Case 1042: the clean-up plan was not decided in time.', 'It was not decided in time. Nothing of it was done.'],
    never: ['seen done', 'Answer by'],
  },
  {
    name: 'a replaced plan',
    later: [planReplaced(plan)],
    header: 'Case 1042 · clean-up · replaced',
    buttons: [],
    says: ['Case 1042: the clean-up plan was replaced.', 'Another plan takes its place.'],
    never: ['seen done', 'Answer by'],
  },
  {
    name: 'a release that a further report has ended',
    of: release(ANA),
    later: [planReplaced(release(ANA), 'stricter-report')],
    header: 'Case 1042 · release · replaced',
    buttons: [],
    says: ['A report came in that says more, so this is not asked any more.'],
    never: ['Another plan takes its place'],
  },
  {
    name: 'a closing that has been answered by what is there',
    of: closing(ANA),
    later: [planReplaced(closing(ANA), 'account-blocked')],
    header: 'Case 1042 · closing · replaced',
    buttons: [],
    says: ['The account is shut by now, so this is not asked any more.'],
    never: ['Another plan takes its place'],
  },
  {
    name: 'a replaced plan that had begun',
    later: [...approved, planBegun(plan), stepVerified(plan, 'reset-password', account), planReplaced(plan, 'approval-lost')],
    header: 'Case 1042 · clean-up · replaced',
    buttons: [],
    says: [
      'Reset the password: 1 of 1 seen done by a fresh read',
      'An approver may not approve any more, so it is asked anew. What was not done of this one is not done any more.',
    ],
    never: ['Nothing of it was done'],
  },
  {
    name: 'a plan to close',
    of: closing(ANA),
    view: { state: 'open', closedAt: null, effectiveBy: null, steps: [], waitsForRatification: false },
    header: 'Case 1042 · closing · approval needed',
    buttons: ['Approve…', 'Decline…'],
    says: ['Close this account?', 'Block sign-in. An intruder', 'The logs do not decide whether somebody got in: a person must.'],
    never: ['contained', 'clean up'],
  },
  {
    name: 'a plan to close, where the logs show a success',
    of: closing(ANA, { because: 'logs-show-success' }),
    view: { state: 'open', closedAt: null, effectiveBy: null, steps: [], waitsForRatification: false },
    header: 'Case 1042 · closing · approval needed',
    buttons: ['Approve…', 'Decline…'],
    says: ['The logs show a sign-in that the owner may not have made. Whether the account is blocked is for a person to say.'],
    never: ['do not decide'],
  },
  {
    name: 'a plan to release',
    of: release(ANA, { askedBy: IVO }),
    header: 'Case 1042 · release · approval needed',
    buttons: ['Approve…', 'Decline…'],
    says: [
      'Release this account as a false alarm?',
      'This can wait until morning: nothing gets worse meanwhile, and nobody is called about it. Asked for by Ivo Kern @U0IVO.',
      'not who asked for it',
      'Open the account again.',
      'Can be taken back:',
      'If nobody has answered by 2026-11-24 15:03:20 UTC, it is made anew from what is there then.',
    ],
    never: ['A responder asked for it', 'Answer by'],
  },
  {
    name: 'a plan to undo a release',
    of: undo(ANA, { askedBy: IVO }),
    view: { state: 'released' },
    header: 'Case 1042 · undo · approval needed',
    buttons: ['Approve…', 'Decline…'],
    says: ['Take the release back, and block this account again?', 'Block sign-in again. The account was released by mistake.'],
    // The step is the one that opened it; this change of it does the reverse.
    never: ['Open the account again'],
  },
  {
    name: 'an undo that was carried out',
    of: undo(ANA),
    later: [planBegun(undo(ANA)), stepVerified(undo(ANA), 'release-false-alarm', account), planDone(undo(ANA))],
    header: 'Case 1042 · undo · done',
    buttons: [],
    says: ['Block sign-in again: 1 of 1 seen done by a fresh read'],
    never: ['Open the account again'],
  },
];

const draw = ({ of = plan, later = [], view = {}, labels = of.labels }: Partial<Example>): Message => {
  const shown = viewOf(of, ...later);
  return planPrompt({ ...closedCase, plans: [shown], ...view }, CASE, shown, labels, names);
};

/** What can be pressed, by its words. */
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
  it.each(EXAMPLES)('stands directly above the Approve button or nowhere: $name', (example) => {
    const { blocks, text } = draw(example);
    const { code } = example.of ?? plan;
    const isCode = ({ type, ...block }: (typeof blocks)[number]): boolean =>
      type === 'section' && 'text' in block && typeof block.text === 'object' && block.text.text === `Plan code ${code}`;
    const stands = blocks.findIndex(isCode);
    if (example.buttons.includes('Approve…')) {
      const below = blocks[stands + 1];
      expect(stands).toBeGreaterThan(0);
      expect(below?.type === 'actions' && below.elements[0]).toMatchObject({ text: { text: 'Approve…' } });
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
  it('are not needed where a plan names no things', () => {
    const message = draw({ of: closing(ANA), labels: NO_NAMES });
    expect(buttonsOf(message)).toEqual(['Approve…', 'Decline…']);
  });

  it('are shown for every thing, also when there are sixty of them, and stay within what Slack takes', () => {
    const many = cleanUp(ANA, {
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

  it('of things that stay are counted when they are many', () => {
    const keys = Array.from({ length: 60 }, (_, at) => method('fido2', `Security key ${'x'.repeat(200)}${at}`));
    const message = draw({ of: cleanUp(ANA, { methods: [...METHODS, ...keys] }) });
    const text = readable(message);
    expect(text.length).toBeLessThan(12_000);
    expect(text).toMatch(/and \d+ more/);
  });
});
