// Every sentence that people read in Slack, except those about plans. Kind: the employee who reports was attacked, not
// careless. Exact: "account blocked" and "account contained" are never said before they are true.
import type { AccountKind, OutsideReach, ProtectedBecause } from '../domain/account.ts';
import type { NotAPerson } from '../domain/action.ts';
import type { StepView } from '../domain/case/view.ts';
import { PLAN_KIND_NAME } from '../domain/labels.ts';
import type { PlanKind } from '../domain/plan.ts';
import { DEFAULT_DURATIONS } from '../domain/policy.ts';
import type { BlindSpot } from '../domain/step.ts';

/** Sealed with every decision, so that an auditor knows which sentences the person read. Raise it with every change of a sentence about plans. */
export const WORDING_VERSION = '2026-12-01.3';

// --- the form ---

export const FORM = {
  title: 'Report a sign-in',
  submit: 'Send report',
  close: 'Not now',
  opening:
    'You did the right thing by coming here. You are not in trouble. This takes less than a minute, and only the first question needs an answer.',
  what: 'What happened?',
  when: 'When, roughly?',
  about: 'Whose account is it?',
  aboutHint: 'Leave empty for your own.',
  contacted: 'Did anyone contact you about it?',
  contactedHint: 'For example a call, a chat message or an e-mail.',
  more: 'Anything else?',
  reach: 'How can we reach you right now?',
  reachHint: 'A place or a number. It helps us find you; security still calls the number it knows.',
} as const;

/** For the case that Slack itself does not work. */
export const formPhone = (callBackNumber: string): string => `If this form does not work, call ${callBackNumber}.`;

export const FORM_ERRORS = {
  missing: 'Please choose one of the answers.',
  unknownOption: 'This answer is not one of the choices. Please close the form and open it again.',
  tooLong: (most: number): string => `Please use at most ${most} characters.`,
  notAPerson: 'This is not a person of this workspace. Please choose a person, or leave it empty.',
} as const;

export const notSaved = (callBackNumber: string): string =>
  `Your report could not be saved just now. Please press "${FORM.submit}" once more; twice does no harm. If it fails again, call ${callBackNumber}.`;

export const unreadableForm = (callBackNumber: string): string =>
  `This form could not be read, so nothing was saved. Please close it and open it again, or call ${callBackNumber}.`;

// --- after sending ---

const DO_NOT_WRITE = 'Please do not write to the person it is about: an attacker may be reading their messages.';

export const RECEIVED = {
  title: 'Report received',
  close: 'Done',
  thanks: 'Thank you. Your report is written down and on its way to security.',
  nowHeading: 'What to do now',
  now: [
    'Do not approve any further prompt.',
    'If your phone keeps asking, choose "No, it is not me".',
    'Do not type your password anywhere until you have spoken with security.',
  ],
  nowAboutOther: [DO_NOT_WRITE, 'If you meet them, or know their number, tell them to approve no further prompt and to call security.'],
  neverAsked: 'Security never asks for your password or a code.',
} as const;

export const securityCalls = (callBackNumber: string): string =>
  `When security calls you, it is from ${callBackNumber}. If you doubt a call, hang up and call ${callBackNumber} yourself.`;

const CALL_MINUTES = DEFAULT_DURATIONS.callMs / 60_000;

/** Says that a person is asked to call, and what to do when no call comes. */
export const noCallYet = (callBackNumber: string): string =>
  `Security is asked to call you, and uses only a number that it already knows. If nobody has called you within ${CALL_MINUTES} minutes, call ${callBackNumber}.`;

/** A colleague who reports is not called: the subject is. */
export const callForThem = (callBackNumber: string): string =>
  `Security is asked to call the person it is about, and uses only a number that it already knows. To say more, call ${callBackNumber}.`;

export const reference = (short: string): string => `If you call, you can give this reference: ${short}`;

// --- refusals and errors ---

export const foreignWorkspace = (callBackNumber: string): string =>
  `You belong to another company's workspace, so nothing was saved. If it is about an account of this company, call ${callBackNumber}.`;

export const notForThisApp = (callBackNumber: string): string =>
  `This was sent to another Slack app, so nothing was saved. To report a sign-in prompt, use the shortcut "Report a sign-in prompt", or call ${callBackNumber}.`;

const NAMES: Readonly<Record<NotAPerson, string>> = {
  'about-an-app': 'names an app or a bot, not a person',
  'about-a-deactivated-account': 'names a Slack account that has been deactivated',
  'about-unknown-account': 'names an account that Slack does not know',
};

/** The report was received, and the account that it names is no person. */
export const notAboutAPerson = (because: NotAPerson, short: string, callBackNumber: string): string =>
  `Thank you for reporting. The report you just sent (reference ${short}) ${NAMES[because]}, so no case was opened for it. If a person's account is in danger, please use the shortcut "Report a sign-in prompt" again and choose that person, or call ${callBackNumber}.`;

export const formDidNotOpen = (callBackNumber: string): string =>
  `The form did not open. Please try the shortcut "Report a sign-in prompt" once more, or call ${callBackNumber}.`;

export const unknownAction = (callBackNumber: string): string =>
  `This app does not know that button or command, so nothing was done. To report a sign-in prompt, use the shortcut "Report a sign-in prompt", or call ${callBackNumber}.`;

export const somethingBroke = (errorId: string, callBackNumber: string): string =>
  `Something went wrong on our side, and what you did may not have been saved. Please try once more, or call ${callBackNumber} and say "${errorId}".`;

// --- the card ---

export const ACCOUNT_KIND: Readonly<Record<AccountKind, string>> = {
  ordinary: 'ordinary account',
  privileged: 'privileged account',
  protected: 'protected account',
  guest: 'guest account',
  restricted: 'account in a restricted management unit',
};

export const STEP_STATE: Readonly<Record<StepView['state'], string>> = {
  waiting: 'not done yet',
  'under way': 'under way; no fresh read shows it yet',
  done: 'done; a fresh read showed it',
  'was so before': 'was so before this case',
  failed: 'failed: ',
};

/** Where it was read, and when. */
export const STEP_READ: Readonly<Partial<Record<StepView['state'], string>>> = { done: ' at ', 'was so before': '; read at ' };

/** A containment step that is not ordered so far. */
export const STEP_NOT_ORDERED = {
  logs: 'not ordered; the logs are being read first',
  person: 'not ordered; a person must decide',
} as const;

export const PROTECTED_BECAUSE: Readonly<Record<ProtectedBecause, string>> = {
  'break-glass': 'it is a break-glass account',
  sync: 'it is the account that synchronises the directory',
  'last-administrators': 'it is one of the last two administrators',
  'last-approvers': 'it is one of the last two approvers',
};

export const PROTECTED = {
  nothingChanged: 'Nothing was changed automatically.',
  byHand: [
    'Call the person who holds this account, on a number you know.',
    'Read its sign-ins in the Entra admin center, and check that another administrator can still sign in.',
    'If an attacker used it: change its password and keys by your own break-glass procedure, then press "Revoke sessions".',
  ],
} as const;

export const OUTSIDE_REACH: Readonly<Record<OutsideReach, string>> = {
  synced: 'This account comes from Active Directory. What is done here works in the cloud only: disable it in Active Directory too.',
  federated: 'Its domain signs in through another identity provider. That provider must end its sessions and block it too.',
  'guest-home-tenant': 'This is a guest. What is done here works in this company only: the home tenant must act too.',
};

export const BLIND_SPOT_WHAT: Readonly<Record<BlindSpot['what'], string>> = {
  'sign-in-log': 'the sign-in log',
  'audit-log': 'the audit log',
  'sign-in-methods': "the account's sign-in methods",
  roles: "the account's roles",
  'eligible-roles': 'roles the account may switch on',
  account: 'the account itself',
};

export const BLIND_SPOT_WHY: Readonly<Record<BlindSpot['why'], string>> = {
  licence: 'the tenant has no licence for it',
  permission: 'our app has no permission for it',
  'no-answer': 'Microsoft did not answer',
  'incomplete-answer': "Microsoft's answer was not complete",
};

export const CARD = {
  bothClocksUnknown: 'Not blocked yet. An attacker may be inside; how long they may stay is known once a fresh read shows every step done.',
  bothClocksUndecided:
    'Not blocked yet, and a person must decide. An attacker may be inside; how long they may stay is known once a fresh read shows every step done.',
  nothingOrdered: 'Nothing has been changed.',
  seenInside: 'attacker activity was seen after the account had been blocked',
  otherApps: 'in other apps: no limit known.',
  toBeConfirmed: 'Blocked automatically; a person must confirm it: press "Confirm containment…", or approve the eradication plan.',
  confirmedBy: 'Containment confirmed by ',
  heldUntilResumed: 'No plan is carried out until an approver presses "Resume case…".',
  onIt: 'Working on it: ',
  released: 'Released as a false alarm. The account is enabled, with a new password: hand it to its owner in person.',
  heldHeading: 'On hold. ',
  heldBy: 'On hold, by ',
  heldMeaning: 'Approved plans are paused. Blocks stay in place and automatic containment continues.',
  heldThenBlocked: 'The account is rechecked automatically, and the case resumes when a recheck finds it blocked.',
  heldReleased: 'The case waits until an approver presses "Resume case…".',
  heldThenQuiet: 'The account is rechecked automatically; an approver can press "Resume case…" to resume the case.',
  decideHeading: 'A person must decide. ',
  adviceHeading: 'What to do: ',
  adviceAsked: 'call the person, on a number you know, then approve or decline the containment plan in this channel.',
  adviceOpen: 'call the person, on a number you know. If the sign-in was not theirs, do by hand what is not done yet.',
  adviceBlocked: 'call the person, on a number you know, and read the sign-ins and changes of this account in the Entra admin center.',
  notPaged: 'No page has been sent so far.',
  pageLost: 'A page could not be delivered. Tell the person on duty yourself.',
  blindHeading: 'Could not be checked: ',
  notAllChecked: ' Not everything was checked: see the card.',
  notCheckedHeading: 'Not checked by unapprove: ',
  notCheckedHow: '. Check these by hand: runbook approved-prompt, "Check by hand".',
} as const;

/** The call to the subject. */
export const CALL = {
  heading: 'Call: ',
  call: 'call ',
  onTheNumber: ' on the number of the personnel record.',
  nobodyYet: 'Nobody has said yet that they will call.',
  numberIs: 'Number of the personnel record: ',
  noNumber: 'The personnel record has no number of this person. Find another way that you know yourself.',
  numberUnsure: 'The number of the personnel record cannot be shown here.',
  notTheReports: 'Do not call a number that came with the report: an attacker may have written it.',
  willCall: ' will call ',
  button: 'I will call',
  thisPerson: 'this person',
} as const;

/** What reporters wrote. */
export const WRITTEN = {
  heading: 'Written by ',
  notChecked: ' (text from outside, not checked):',
  contacted: 'Who contacted them:',
  more: 'Anything else:',
  reach: 'Where they can be reached, as the report says (do not call this number):',
  unreadable: 'what was written could not be opened.',
  unsure: 'what was written cannot be shown here now.',
  older: (count: number): string => `${count === 1 ? 'One older report has' : `${count} older reports have`} text as well.`,
} as const;

/** A command that the operator of unapprove runs. */
export const readReportWith = (number: number): string => `Read the report with "unapprove case ${number}".`;

// --- the thread of the card ---

export const NEWS = {
  blocked: (at: string): string => `account blocked. A fresh read showed it at ${at}. The card says until when a session may last.`,
  contained: (at: string): string => `account contained. The recheck at ${at} showed it.`,
  containedHere: (at: string): string =>
    `account contained here only, as the recheck at ${at} showed. Other places must act too: the card names them.`,
  notChecked: (names: string): string => `Not checked by unapprove: ${names}.`,
  onHold: (reasons: string): string => `on hold. ${reasons} The card says what to do.`,
  planReady: (group: PlanKind): string =>
    `needs you: the ${PLAN_KIND_NAME[group]} plan is ready. Approve or decline it at its message in this channel.`,
  caseClosed: 'the case is closed. The card shows the outcome.',
} as const;

// --- where the card may not be shown ---

export type HiddenBecause = 'subject-reads' | 'shared' | 'public' | 'unreadable' | 'subject-unknown';

export const HIDDEN_BECAUSE: Readonly<Record<HiddenBecause, string>> = {
  'subject-reads': 'the person it is about reads this channel',
  shared: 'this channel is shared with another organisation',
  public: 'everybody in the company can read this channel',
  unreadable: 'it could not be checked who reads this channel',
  'subject-unknown': 'it is not known under which name the person it is about uses Slack',
};

export const beingWorkedOn = (number: number): string => `Case ${number}: a report is being worked on.`;
export const notShownHere = (because: HiddenBecause): string =>
  `Details are not shown here because ${HIDDEN_BECAUSE[because]}. Ask the person on duty.`;

// --- the direct message ---

export const NOTE = {
  thanks: 'Thank you for reporting this. You did the right thing.',
  received: 'Your report has arrived.',
  people: 'People in security decide what happens next.',
  blocked: 'Your account is blocked, so that nobody else can use it. It is intended that you cannot sign in now.',
  blockedHere:
    'Your account is blocked here, so that nobody else can use it here. Where you also use it elsewhere, security asks the people there to act too.',
  released: 'Security has checked it. They tell you in person how to use your account again.',
  // No list: an attacker who reads this message must not learn what was not checked.
  checkedByHand: 'People in security still check the rest by hand.',
  staysBlocked: 'Your account stays blocked until security hands it back to you in person.',
  colleague: 'Thank you for telling us. You did the right thing.',
  colleagueReceived: 'Your report has arrived and is being worked on.',
  colleagueDone: 'The automatic work on it is finished; people in security check the rest by hand.',
  colleagueNow: `${DO_NOT_WRITE} More is not said here, to protect them.`,
} as const;

export const noteCase = (number: number): string => `Case ${number}`;
