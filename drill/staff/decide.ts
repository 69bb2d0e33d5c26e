// People deciding in Slack: at the prompt of a plan and at the card of a case.
// They wait until there is something to press, press it, fill in what opens and
// read what they are told. What the product makes of it is not theirs to say.
import { setTimeout as pause } from 'node:timers/promises';
import type { ActorLog } from '../run/actor-log.ts';
import type { Timeline, Turn } from '../run/timeline.ts';
import { type ApproveAction, type ScreenAction } from '../scenarios/types.ts';
import { SlackSaid } from '../slack/slack-errors.ts';
import type { Message, OpenModal, Workspace } from '../slack/types.ts';
import { choose, send, type Told, typeInto } from './forms.ts';
import { type Card, findPressable, type Pressable, type Prompt, readMessage, type Screen } from './screen.ts';

export interface DecideTools {
  readonly timeline: Pick<Timeline, 'over' | 'pause'>;
  readonly workspace: Workspace;
  readonly screen: Screen;
  readonly journal: ActorLog;
  readonly slackIdOf: (person: string, account?: number) => string;
}

/** What is written on the button or in the menu, without the name of the plan or the number of the case. */
const CAPTION: Readonly<Record<ScreenAction['do'], string>> = {
  approve: 'Approve',
  decline: 'Decline',
  change: 'Change items',
  confirmContainment: 'Confirm containment',
  acknowledge: 'Take case',
  /** And the name of the person. */
  takeCall: 'I will call',
  hold: 'Hold case',
  resume: 'Resume case',
  askRelease: 'Release as a false alarm',
  askUndo: 'Undo the release',
};

/** What a person looks for: the object that the button must name as well. */
function captionOf(act: ScreenAction, spot: Prompt | Card): string {
  const caption = CAPTION[act.do];
  if (spot.kind === 'prompt') return act.do === 'change' ? caption : `${caption} ${spot.group}`;
  return NAMES_CASE.includes(act.do) ? `${caption} ${spot.case}` : caption;
}

const NAMES_CASE: readonly ScreenAction['do'][] = ['acknowledge', 'hold', 'resume'];

/** A person who was told to try again does so, a few times. Real time, since machines take it. */
const MOST_TRIES = 5;
const TRY_AGAIN_AFTER_MS = 400;

/** One person at one account, with one action. */
interface Desk extends DecideTools {
  readonly act: ScreenAction;
  readonly account: string;
  readonly turn: Turn;
}

/** Something to press, and the code to type once it has opened. */
interface Found {
  readonly message: Message;
  readonly button: Pressable;
  readonly code: string;
}

interface Form {
  readonly modal: OpenModal;
  /** The message it was opened from, as it stood then. */
  readonly from: Message;
  readonly code: string;
}

interface Tried {
  readonly told: Told;
  readonly form: Form | null;
  /** Nothing can come of trying further. */
  readonly last: boolean;
}

/** Plays one action, as often as it is to be done; each try is a line of the journal. */
export async function decide(act: ScreenAction, turn: Turn, tools: DecideTools): Promise<void> {
  const desk: Desk = { ...tools, act, turn, account: tools.slackIdOf(act.person, act.account) };
  const did = `${act.do}${'group' in act ? ` ${act.group}` : ''} about ${act.about}`;
  let form: Form | null = null;
  for (let count = 1; count <= act.times; count += 1) {
    for (let tries = 1; ; tries += 1) {
      const tried: Tried = await attempt(desk, form?.modal.open === true ? form : null, count);
      const { told } = tried;
      tools.journal.write({
        who: act.as,
        person: act.person,
        did,
        result: told.kind === 'received' ? 'succeeded' : told.kind,
        saw: told.saw,
      });
      if (tried.last || tools.timeline.over.aborted) return;
      form = tried.form;
      if (told.kind === 'received' && form?.modal.open === true) await form.modal.close();
      if (!told.again || tries === MOST_TRIES) break;
      await pause(TRY_AGAIN_AFTER_MS * tries);
    }
  }
}

async function attempt(desk: Desk, open: Form | null, count: number): Promise<Tried> {
  const { act } = desk;
  try {
    let form = open;
    if (form === null) {
      const found = await whenThere(desk, count);
      if (found === null) return { told: nothingToPress(act, count), form: null, last: true };
      const pressed = await press(desk, found);
      if ('saw' in pressed) return { told: pressed, form: null, last: false };
      form = { modal: pressed, from: found.message, code: found.code };
    }
    return { told: await fillAndSend(desk, form, count), form, last: false };
  } catch (error) {
    // What Slack says may be over in a moment, as when the message has just changed; what a form lacks it will lack again.
    const saw = error instanceof Error ? error.message : String(error);
    return { told: { kind: 'failed', saw, again: error instanceof SlackSaid }, form: open, last: false };
  }
}

/** Only at the first time something is waited for: a person who repeats an action sees at once when there is nothing left to press. */
async function whenThere(desk: Desk, count: number): Promise<Found | null> {
  let found = find(desk);
  if (found === null && count === 1) {
    await desk.turn.until(() => {
      found = find(desk);
      return found !== null;
    });
  }
  return found;
}

function nothingToPress(act: ScreenAction, count: number): Told {
  const what = `"${CAPTION[act.do]}" ${'group' in act ? `at the prompt of the ${act.group} plan` : 'at the card'} of the case of ${act.about}`;
  return count === 1
    ? { kind: 'failed', saw: `the scenario ended before there was a ${what}`, again: false }
    : { kind: 'refused', saw: `there is no ${what} any more`, again: false };
}

function find({ act, account, screen }: Desk): Found | null {
  // A person who joins the channel a moment later is told by another person where to look.
  const reader = act.letIn ? undefined : account;
  const spot = 'group' in act ? screen.prompt(act.about, act.group, reader) : screen.card(act.about, reader);
  const button = spot === null ? null : findPressable(spot.message, captionOf(act, spot), act.do === 'takeCall');
  if (spot === null || button === null) return null;
  const code = act.do === 'approve' && spot.kind === 'prompt' ? codeFor(act, spot, reader, screen) : '';
  return code === null ? null : { message: spot.message, button, code };
}

/** @returns null while there is no such code */
function codeFor({ code, about, group }: ApproveAction, prompt: Prompt, reader: string | undefined, screen: Screen): string | null {
  switch (code) {
    case 'right':
    case 'wrong':
      return prompt.code ?? '';
    case 'other-plan':
      return screen.otherCodes(about, group, reader).find((other) => other !== prompt.code) ?? null;
    case 'older': {
      const [first] = screen.codes(about, group);
      return first === undefined || first === prompt.code ? null : first;
    }
  }
}

/** Presses the button. @returns the form that opened, or what was told instead */
async function press({ act, account, workspace }: Desk, { message, button }: Found): Promise<OpenModal | Told> {
  const hands = workspace.as(account);
  const { channel, ts } = message;
  const { actionId, blockId, value, asksFirst } = button;
  // Not waited for: the app hears of it while the button is being pressed.
  if (act.letIn) void workspace.join(channel, account).catch(() => undefined);
  const whispered = hands.ephemerals().length;
  const clicked = await hands.click({ channel, ts, actionId, blockId, ...(value === undefined ? {} : { value }) });
  if (act.do === 'confirmContainment' || act.do === 'acknowledge' || act.do === 'takeCall') {
    if (!clicked.acked) return { kind: 'failed', saw: clicked.text ?? '', again: true };
    return { kind: 'received', saw: `pressed it${asksFirst ? ', and was asked first' : ''}`, again: false };
  }
  const modal = await clicked.modal();
  if (modal !== undefined) return modal;
  if (!clicked.acked) return { kind: 'failed', saw: clicked.text ?? '', again: true };
  const said = hands
    .ephemerals()
    .slice(whispered)
    .map(({ text }) => text);
  return { kind: 'refused', saw: said.join(' ') || 'nothing opened', again: false };
}

async function fillAndSend({ act, timeline, turn, screen }: Desk, { modal, from, code }: Form, count: number): Promise<Told> {
  const ended: Told = { kind: 'failed', saw: 'the scenario ended while the form was open', again: false };
  switch (act.do) {
    case 'approve':
      if (code === '') throw new Error('there is no plan code above the button');
      typeInto(modal, /plan code/i, act.code === 'wrong' ? wrongCode(count, screen) : code);
      break;
    case 'change':
      choose(modal, act);
      break;
    case 'confirmContainment':
    case 'acknowledge':
    case 'takeCall':
      return { kind: 'failed', saw: 'a form opened where none was expected', again: false };
    default:
      typeInto(modal, /why/i, act.reason);
  }
  if (act.formOpenForMs > 0 && !(await timeline.pause(act.formOpenForMs))) return ended;
  if ('oldPrompt' in act && act.oldPrompt && !(await turn.until(() => hasChanged(from, screen)))) return ended;
  return send(modal);
}

/** Does the prompt say something else by now? A message that is only drawn anew does not. */
function hasChanged(from: Message, screen: Screen): boolean {
  const before = readMessage(from);
  const now = screen.at(from);
  if (before?.kind !== 'prompt' || now?.kind !== 'prompt') return true;
  return before.code !== now.code || before.state !== now.state;
}

/** Four digits that no prompt ever showed, and another four each time. */
function wrongCode(count: number, screen: Screen): string {
  let code = FIRST_CODE + ((count * STRIDE) % CODES);
  while (screen.everShown(String(code))) code = FIRST_CODE + ((code - FIRST_CODE + 1) % CODES);
  return String(code);
}

const FIRST_CODE = 1000;
const CODES = 9000;
const STRIDE = 1373;
