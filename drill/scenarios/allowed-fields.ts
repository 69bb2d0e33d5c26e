// Which fields mean something to which action. One that means nothing would be
// passed over in silence, and its writer would believe that it was played.
import type { WrittenAttackerAction, WrittenScenario, WrittenStaffAction } from './input-types.ts';

const MOVE = ['do', 'person', 'at', 'after', 'wait', 'every', 'times'];
const INSIDE = [...MOVE, 'from'];

const ATTACKER: Readonly<Record<WrittenAttackerAction['do'], readonly string[]>> = {
  signIn: [...INSIDE, 'stopsAt'],
  refresh: INSIDE,
  readMail: INSIDE,
  joinGroup: MOVE,
  addMethod: [...INSIDE, 'method'],
  removeMethod: [...INSIDE, 'method'],
  addInboxRule: [...INSIDE, 'rule'],
  registerDevice: [...INSIDE, 'device'],
  consent: [...INSIDE, 'consent'],
};

const CUED = ['do', 'person', 'at', 'after', 'wait'];
const BY_HAND = [...CUED, 'about'];
const PRESS = [...BY_HAND, 'account', 'as', 'letIn', 'times'];
const FORM = [...PRESS, 'formOpenFor'];
const AT_THE_PROMPT = [...FORM, 'group', 'oldPrompt'];

const STAFF: Readonly<Record<WrittenStaffAction['do'], readonly string[]>> = {
  work: [...CUED, 'from', 'with'],
  removeMethod: [...CUED, 'method'],
  report: [...CUED, 'about', 'what', 'when', 'words', 'repeat'],
  approve: [...AT_THE_PROMPT, 'code'],
  decline: [...AT_THE_PROMPT, 'reason'],
  change: [...AT_THE_PROMPT, 'tick', 'untick'],
  confirmContainment: PRESS,
  acknowledge: PRESS,
  takeCall: PRESS,
  hold: [...FORM, 'reason'],
  resume: [...FORM, 'reason'],
  askRelease: [...FORM, 'reason'],
  askUndo: [...FORM, 'reason'],
  joinGroup: [...CUED, 'member'],
  leaveGroup: [...CUED, 'member'],
  blockManually: BY_HAND,
  enableManually: BY_HAND,
  revokeSessionsManually: BY_HAND,
  removeMethodManually: [...BY_HAND, 'method'],
};

/** Fields of actions that mean nothing there, as sentences. */
export function unusedFields({ attacker, staff }: WrittenScenario): string[] {
  return [
    ...(attacker?.actions ?? []).flatMap((act, index) => strangers(act, ATTACKER[act.do], `/attacker/actions/${index}`)),
    ...(staff?.actions ?? []).flatMap((act, index) => strangers(act, STAFF[act.do], `/staff/actions/${index}`)),
  ];
}

const strangers = (act: WrittenAttackerAction | WrittenStaffAction, known: readonly string[], place: string): string[] =>
  Object.keys(act)
    .filter((name) => !known.includes(name))
    .map((name) => `${place}: "${name}" means nothing to ${act.do}; it takes ${known.join(', ')}`);
