import type { InputBlock, ModalView } from '@slack/types';
import { describe, expect, it } from 'vitest';
import { DECISION_ACTIONS, REFUSALS } from '../../domain/approval.ts';
import type { CaseView } from '../../domain/case/view.ts';
import { holdReasonText } from '../../domain/hold.ts';
import { MANUAL_TASK } from '../../domain/labels.ts';
import { validateBlocks, validateView } from '../../drill/slack/block-kit/validate.ts';
import { caseIsClosed, DECIDE, notCounted } from '../../slack-app/plan-wording.ts';
import { planValue, readCaseValue, readFormValue, readPlanValue } from '../../slack-app/views/action-ids.ts';
import { caseButtons } from '../../slack-app/views/case-buttons.ts';
import { caseCard } from '../../slack-app/views/case-card.ts';
import { checkedTargets } from '../../slack-app/views/checkboxes.ts';
import {
  approveForm,
  changeForm,
  declineForm,
  nothingSavedView,
  type PlanForm,
  sentView,
  WHY_FORMS,
  whyForm,
} from '../../slack-app/views/decision-forms.ts';
import { planPrompt } from '../../slack-app/views/plan-prompt.ts';
import { foreignWorkspace } from '../../slack-app/wording.ts';
import { ANA, CASE, closedCase, IVO, NOOR, names } from './case-views.ts';
import { approvalGiven, closing, eradication, method, release, type TestPlan, undo, viewOf } from './plans.ts';
import { readable } from './readable.ts';

const formOf = (plan: TestPlan): PlanForm => ({
  view: closedCase,
  plan: viewOf(plan),
  labels: plan.labels,
  names,
  carries: { case: CASE, plan: plan.digest, openedAt: '2026-11-24T14:04:00.000Z' },
});
const plan = eradication(ANA);
const inputsOf = ({ blocks }: ModalView): InputBlock[] =>
  blocks.filter((block): block is InputBlock => block.type === 'input' && 'element' in block);
const manyMethods = (count: number): TestPlan =>
  eradication(ANA, {
    methods: Array.from({ length: count }, (_, at) =>
      method('authenticator', `<!channel> <@U0NOOR> *bold* \u202Egnitset ${'🙂'.repeat(300)} ${at}`, { id: `${'i'.repeat(200)}${at}` }),
    ),
  });

const asksLogs = {
  kind: 'ask-logs',
  atOnce: ['revoke-sessions'],
  whenSupported: ['block-sign-in'],
  whenUnreadable: 'contain',
} as const satisfies CaseView['order'];

const PLAN_FORMS = { approve: approveForm, decline: declineForm, change: changeForm };
const forms = (of: TestPlan): [string, ModalView][] => Object.entries(PLAN_FORMS).map(([name, form]) => [name, form(formOf(of))]);
const carried = { case: CASE, openedAt: '2026-11-24T14:04:00.000Z' };
const whyForms = Object.keys(WHY_FORMS).map((name): [string, ModalView] => [
  name,
  whyForm(name as keyof typeof WHY_FORMS, closedCase, carried),
]);

describe('a form', () => {
  it.each([...forms(plan), ...forms(eradication(ANA, { needs: { approvers: 2, stepUp: false } })), ...whyForms])(
    'to %s can be opened',
    (_name, view) => {
      expect(validateView(view)).toEqual([]);
      expect(JSON.stringify(view)).not.toContain('mrkdwn');
    },
  );

  it.each(forms(manyMethods(60)))('to %s can be opened for sixty items with long and hostile names', (_name, view) => {
    expect(validateView(view)).toEqual([]);
    const wire = JSON.stringify(view);
    expect(wire.length).toBeLessThan(100_000);
    expect(wire).not.toMatch(/mrkdwn|"broadcast"|"link"|"usergroup"/);
    expect(wire).not.toMatch(/[\u200B-\u200F\u202A-\u202E\u2066-\u2069]/);
    expect([...wire.matchAll(/"user_id":"([^"]+)"/g)].every(([, id]) => id === 'U0ANA')).toBe(true);
  });

  it.each(whyForms)('%s asks why, and says what it does', (_name, view) => {
    expect(readable(view)).toMatch(/^Case 1042\. \S/);
    expect(inputsOf(view).map((block) => block.label.text)).toEqual(['Why?']);
  });

  it.each<[string, Partial<CaseView>, string | null]>([
    ['no attacker activity', {}, null],
    ['attacker activity was seen', { seenInside: true }, 'the closed case says that activity was seen'],
    ['an unknown sign-in was seen after the release', { seenInside: true, state: 'released' }, 'seen after the release'],
  ])('to resume says what the person takes note of when %s', (_name, view, words) => {
    const textOf = (name: keyof typeof WHY_FORMS): string => readable(whyForm(name, { ...closedCase, ...view }, carried));
    if (words === null) expect(textOf('resume_form')).not.toContain('take note');
    else expect(textOf('resume_form')).toContain(words);
    if (view.state === 'released') expect(textOf('resume_form')).not.toContain('contained');
    expect(textOf('hold_form')).not.toContain('take note');
  });

  it('to resume shows the current reasons of the hold', () => {
    const held = { heldFor: [{ kind: 'still-open' }, { kind: 'signed-in' }, { kind: 'by-hand' }] } as const satisfies Partial<CaseView>;
    const view = whyForm('resume_form', { ...closedCase, ...held }, carried);
    expect(validateView(view)).toEqual([]);
    expect(readable(view)).toContain(holdReasonText({ kind: 'signed-in' }));
    expect(readable(view)).toContain(holdReasonText({ kind: 'by-hand' }));
    // It is blocked meanwhile.
    expect(readable(view)).not.toContain(holdReasonText({ kind: 'still-open' }));
    expect(readable(whyForm('resume_form', { ...closedCase, ...held, blockedAt: null }, carried))).toContain(
      holdReasonText({ kind: 'still-open' }),
    );
    expect(readable(whyForm('hold_form', { ...closedCase, ...held }, carried))).not.toContain(holdReasonText({ kind: 'signed-in' }));
  });

  it('that ends says by its title whether anything was sent', () => {
    expect(sentView().title.text).toBe('Sent');
    for (const sentence of [DECIDE.planGone, DECIDE.unreadable, caseIsClosed(1042), foreignWorkspace('+44 20 7946 0123')]) {
      const view = nothingSavedView(sentence);
      expect(validateView(view)).toEqual([]);
      expect(view.title.text).toBe('Nothing was saved');
      expect(readable(view)).not.toMatch(/is saved|on its way/);
    }
  });
});

describe('the form to approve', () => {
  const view = approveForm(formOf(plan));

  it('repeats the whole plan as the prompt shows it', () => {
    const shown = viewOf(plan);
    const prompt = readable(planPrompt({ ...closedCase, plans: [shown] }, CASE, shown, plan.labels, names));
    const form = readable(view);
    const things = prompt.split('\n').filter((line) => line.startsWith('- ') || line.startsWith('Stays') || line.startsWith('Reset'));
    expect(things.length).toBeGreaterThan(5);
    for (const line of things) expect(form).toContain(line);
    expect(form).toContain('Confirm containment and carry out eradication of these 4 items?');
    expect(form).toContain('Case 1042');
  });

  it('asks for the code and does not say it', () => {
    expect([view.title.text, view.submit?.text]).toEqual(['Approve the plan', 'Approve']);
    expect(view.blocks.at(-1)).toMatchObject({ type: 'input', label: { text: 'Plan code' } });
    const { private_metadata: carries, ...rest } = view;
    expect(readFormValue(carries ?? '')).toMatchObject({ case: CASE, plan: plan.digest });
    expect(JSON.stringify(rest)).not.toContain(plan.code);
  });

  it('opens where the plan begins, not where the code is typed', () => {
    expect(JSON.stringify(view)).not.toContain('focus_on_load');
  });
});

describe('the form to change what is ticked', () => {
  const boxesOf = (of: TestPlan) =>
    inputsOf(changeForm(formOf(of))).flatMap(({ element }) => (element.type === 'checkboxes' ? [element] : []));

  it('has a box for each item, ticked as the plan is, with the reason beside it', () => {
    const [boxes, ...others] = boxesOf(plan);
    expect(others).toEqual([]);
    expect(boxes?.options.map(({ text, description }) => `${text.text}: ${description?.text ?? ''}`)).toEqual(
      [
        'Authenticator app “Pixel 9”: added from an address of the attacker',
        'Phone ending in 17 (mobile): there before, but it can be phished',
        'Security key “blue one”: added while the attacker was inside',
      ].sort((one, other) => (one.startsWith('Phone') ? 1 : 0) - (other.startsWith('Phone') ? 1 : 0)),
    );
    expect(boxes?.initial_options?.map(({ text }) => text.text).sort()).toEqual([
      'Authenticator app “Pixel 9”',
      'Phone ending in 17 (mobile)',
    ]);
  });

  it('leads from its boxes back to the items, also when their ids are longer than Slack accepts', () => {
    const many = manyMethods(23);
    const boxes = boxesOf(many);
    expect(boxes.map(({ options }) => options.length)).toEqual([10, 10, 3]);
    const values = boxes.flatMap(({ options }) => options.map(({ value }) => value ?? ''));
    expect(new Set(values).size).toBe(23);
    expect(checkedTargets(viewOf(many), values)?.filter((key) => key.startsWith('method:'))).toHaveLength(23);
    // What is no choice keeps its tick, whatever is ticked.
    expect(checkedTargets(viewOf(many), [])).toEqual([`account:${ANA}`]);
    expect(checkedTargets(viewOf(many), ['24'])).toBeNull();
    expect(checkedTargets(viewOf(many), ['__proto__'])).toBeNull();
  });
});

describe('what a button carries', () => {
  it.each(['', '{}', 'null', '[]', '{"case":"1"}', `{"case":"${CASE}","more":1}`, 'x'.repeat(5_000), `{"case":"${CASE.toUpperCase()}"}`])(
    'is refused when it is not ours: %j',
    (text) => {
      expect(readCaseValue(text)).toBeNull();
      expect(readPlanValue(text)).toBeNull();
      expect(readFormValue(text)).toBeNull();
    },
  );

  it('comes back as it was', () => {
    const value = { case: CASE, plan: plan.digest };
    expect(readPlanValue(planValue(value))).toEqual(value);
  });
});

describe('the buttons of the card', () => {
  const CALL_ANA = 'I will call Ana Prieto';
  const wordsOf = (view: Partial<CaseView>): string[] =>
    caseButtons({ ...closedCase, ...view }, CASE, names)
      .flatMap((block) => (block.type === 'actions' ? block.elements : []))
      .flatMap((element) =>
        element.type === 'button'
          ? [element.text.text]
          : element.type === 'overflow'
            ? element.options.map((option) => option.text.text)
            : [],
      );

  it.each([
    ['a case with an automatic block', {}, ['Confirm containment…', 'Hold case 1042…', CALL_ANA, 'Take case 1042']],
    [
      'a confirmed case that a responder acknowledged',
      { waitsForRatification: false, acknowledgedBy: NOOR },
      ['Hold case 1042…', CALL_ANA],
    ],
    ['a case whose subject a responder will call', { callTakenBy: NOOR }, ['Confirm containment…', 'Hold case 1042…', 'Take case 1042']],
    ['a held case', { heldFor: [{ kind: 'unreadable' }] }, ['Confirm containment…', 'Resume case 1042…', CALL_ANA, 'Take case 1042']],
    ['a case whose account is not blocked', { blockedAt: null }, ['Hold case 1042…', CALL_ANA, 'Take case 1042']],
    [
      'a case of a report that names no success',
      { order: asksLogs },
      ['Confirm containment…', 'Hold case 1042…', CALL_ANA, 'Take case 1042', 'Release as a false alarm…'],
    ],
    [
      'a released account',
      { order: asksLogs, state: 'released', blockedAt: null, waitsForRatification: false },
      ['Hold case 1042…', CALL_ANA, 'Take case 1042', 'Undo the release…'],
    ],
    ['a protected account', { account: 'protected' }, [CALL_ANA]],
    ['a protected account whose holder a responder will call', { account: 'protected', callTakenBy: NOOR }, []],
    ['a closed case', { outcome: 'contained' }, []],
    ['an account of unknown kind', { account: null }, [CALL_ANA]],
  ] as const)('of %s are the ones that make sense', (_name, view, words) => {
    expect(wordsOf(view)).toEqual(words);
    expect(validateBlocks(caseButtons({ ...closedCase, ...view }, CASE, names), 'message')).toEqual([]);
  });

  it('ask once more before containment is confirmed', () => {
    expect(JSON.stringify(caseButtons(closedCase, CASE, names))).toContain('"confirm"');
  });
});

describe('the card, about plans and decisions', () => {
  const cardOf = (view: Partial<CaseView>): string =>
    readable(caseCard({ ...closedCase, ...view }, CASE, names, closedCase.openedAt + 10_000));

  it.each([
    ['a plan that is asked', { plans: [viewOf(plan)] }, ['- Eradication: approval needed']],
    [
      'one yes of two',
      {
        plans: [
          viewOf(
            eradication(ANA, { needs: { approvers: 2, stepUp: false } }),
            approvalGiven(eradication(ANA, { needs: { approvers: 2, stepUp: false } }), NOOR, 1),
          ),
        ],
      },
      ['- Eradication: approval needed (1 of 2)'],
    ],
    [
      'that containment is asked in a prompt, without advice for a manual block',
      {
        state: 'open',
        order: { kind: 'people', because: 'no-row-fits' },
        blockedAt: null,
        effectiveBy: null,
        steps: [],
        waitsForRatification: false,
        plans: [viewOf(closing(ANA))],
      },
      [
        'A person must decide.',
        'What to do: call the person, on a number you know, then approve or decline the containment plan in this channel.',
      ],
    ],
    ['who ends a hold', { heldFor: [{ kind: 'unreadable' }] }, ['an approver']],
    ['who confirmed', { waitsForRatification: false, confirmedBy: NOOR }, ['Containment confirmed by Noor Haddad @U0NOOR.']],
    ['who is on it', { acknowledgedBy: IVO }, ['Working on it: Ivo Kern @U0IVO.']],
    [
      'who holds it',
      { heldFor: [{ kind: 'by-hand' }], heldBy: NOOR },
      ['On hold, by Noor Haddad @U0NOOR. Approved plans are paused.', 'presses "Resume case…"'],
    ],
    [
      'a late no, with its reason',
      { heldFor: [{ kind: 'declined-too-late' }], heldBy: IVO },
      ['On hold, by Ivo Kern @U0IVO.', '- An approver declined a plan that had already begun.'],
    ],
    [
      'a step of a plan that failed, by its own name',
      { heldFor: [{ kind: 'step-failed', step: 'remove-methods', code: 'GRAPH_FORBIDDEN' }] },
      [
        '- Remove sign-in methods: failed, because Microsoft does not allow our app to change this account (GRAPH_FORBIDDEN). Correct the cause, then resume the case.',
      ],
    ],
    [
      'a plan that could not be made, and why',
      { heldFor: [{ kind: 'no-plan', because: 'logs-forbid' }] },
      ['- No plan could be made: the logs are not complete yet, cannot be read, or show a sign-in of the attacker. Correct'],
    ],
    [
      'a plan that cannot be approved in Slack',
      { plans: [viewOf(eradication(ANA, { needs: { approvers: 2, stepUp: true } }))] },
      ['- Eradication: approval needed, and not possible in Slack'],
    ],
  ] satisfies readonly [string, Partial<CaseView>, readonly string[]][])('says %s', (_name, view, says) => {
    const text = cardOf(view);
    for (const sentence of says) expect(text).toContain(sentence);
    expect(text).not.toContain('A responder put the case on hold.');
    if (text.includes('approve or decline the containment plan')) expect(text).not.toContain(MANUAL_TASK['block-sign-in']);
  });

  it('never says the code of a plan', () => {
    expect(cardOf({ plans: [viewOf(plan), viewOf(release(ANA)), viewOf(undo(ANA))] })).not.toContain('Plan code');
  });
});

describe('what did not count', () => {
  it.each(DECISION_ACTIONS)('is told to the person who acted, for every reason: %s', (act) => {
    for (const because of REFUSALS) {
      const sentence = notCounted(
        { number: 7, durations: closedCase.durations },
        { act, because, waitMs: because === 'plan-too-new' ? 2_400 : null },
      );
      expect(sentence).toMatch(/^Case 7: your \S.*\.$/);
      expect(sentence.length).toBeLessThan(300);
    }
  });

  it('says how long three wrong codes lock a person out', () => {
    expect(notCounted({ number: 7, durations: closedCase.durations }, { act: 'approve', because: 'locked-out', waitMs: null })).toContain(
      'for up to 10 minutes',
    );
  });

  it('says in how many seconds a plan that is too new can be approved', () => {
    const about = { number: 7, durations: closedCase.durations };
    const sentence = (waitMs: number): string => notCounted(about, { act: 'approve', because: 'plan-too-new', waitMs });
    expect(sentence(2_400)).toContain('read the plan first. You can approve it in 3 seconds');
    expect(sentence(300)).toContain('in one second');
  });
});
