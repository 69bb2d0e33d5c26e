// Every sentence people read in Slack. Kind: who reports was attacked, not
// careless. Plain: read at three in the morning, on a phone. Exact: the words
// "closed" and "contained" stand nowhere before they are true, not even denied,
// because tired people read single words.

import type { AccountKind, OutsideReach, ProtectedBecause } from '../domain/account.ts';
import type { NotAPerson } from '../domain/act.ts';
import type { StepView } from '../domain/case-view.ts';
import type { BlindSpot } from '../domain/step.ts';
import type { Phase } from './views/phase.ts';

/** Sealed with every decision, so that an auditor knows which words a person read. Raise it with every change of a sentence about plans. */
export const WORDING_VERSION = '2026-11-30.1';

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

/** In case Slack itself is the trouble. */
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

const DO_NOT_WRITE = 'Please do not write to the person it is about: somebody else may be reading.';

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

export const noCallYet = (callBackNumber: string): string => `If nobody has called you within 10 minutes, call ${callBackNumber}.`;

export const reference = (short: string): string => `If you call, you can give this reference: ${short}`;

// --- refusals and mishaps ---

export const foreignWorkspace = (callBackNumber: string): string =>
  `This belongs to another company's workspace, so nothing was saved. If it is about an account of this company, call ${callBackNumber}.`;

const NAMES: Readonly<Record<NotAPerson, string>> = {
  'about-an-app': 'names an app or a bot, not a person',
  'about-a-deactivated-account': 'names a Slack account that has been deactivated',
  'about-nobody': 'names an account that Slack does not know',
};

/** The report was received, and then it was looked up whom it is about. */
export const notAboutAPerson = (because: NotAPerson, short: string, callBackNumber: string): string =>
  `Thank you for reporting. The report you just sent (reference ${short}) ${NAMES[because]}, so no case was opened for it. If somebody's account is in danger, please use the shortcut "Report a sign-in prompt" again and choose that person, or call ${callBackNumber}.`;

export const formDidNotOpen = (callBackNumber: string): string =>
  `The form did not open. Please try the shortcut "Report a sign-in prompt" once more, or call ${callBackNumber}.`;

export const unknownAct = (callBackNumber: string): string =>
  `That button or command is not one this app knows, so nothing was done. To report a sign-in prompt, use the shortcut "Report a sign-in prompt", or call ${callBackNumber}.`;

export const somethingBroke = (errorId: string, callBackNumber: string): string =>
  `Something went wrong on our side, and what you did may not have been saved. Please try once more, or call ${callBackNumber} and say "${errorId}".`;

// --- the card ---

/** Where a case stands, in the header of its card. */
export const PHASE: Readonly<Record<Phase, string>> = {
  triage: 'being looked at',
  'reading-logs': 'reading the logs',
  'waiting-for-person': 'waiting for a person',
  // The plan that asks whether to close has "closing" in its own header.
  closing: 'closing under way',
  closed: 'closed',
  contained: 'contained',
  'contained-here-only': 'contained here only',
  released: 'released',
  'blocked-not-all-checked': 'closed, not everything could be checked',
  'blocked-attacker-seen': 'closed, somebody was seen inside',
};

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

/** A step that closes the account, and that nobody has ordered so far. */
export const STEP_NOT_ORDERED = {
  logs: 'not ordered; the logs are being read first',
  person: 'not ordered; it waits for a person',
} as const;

export const PROTECTED_BECAUSE: Readonly<Record<ProtectedBecause, string>> = {
  'break-glass': 'it is a break-glass account',
  sync: 'it is the account that synchronises the directory',
  'last-administrators': 'it is one of the last two administrators',
  'last-approvers': 'it is one of the last two approvers',
};

export const PROTECTED = {
  nothingChanged: 'Nothing was changed by machine.',
  byHand: [
    'Call the person who holds this account, on a number you know.',
    'Read its sign-ins in the Entra admin center, and check that another administrator can still sign in.',
    'If it was used by somebody else: change its password and keys by your own break-glass procedure, then press "Revoke sessions".',
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
  bothClocksUnknown: 'Not shut yet. Somebody may be inside; how long they may stay is known once a fresh read shows every step done.',
  bothClocksUndecided:
    'Not shut yet, and a person must decide. Somebody may be inside; how long they may stay is known once a fresh read shows every step done.',
  nothingOrdered: 'Nothing has been changed.',
  seenInside: 'somebody was seen inside after the account had been shut',
  otherApps: 'other apps: no limit known.',
  closedToBeRatified: 'Closed by policy, waiting to be ratified by a person: press "Keep it closed", or approve the clean-up.',
  ratifiedBy: 'Ratified by ',
  heldUntilGoOn: 'Nothing goes on until an approver presses "Go on…".',
  onIt: 'On it: ',
  released: 'Released as a false alarm. The account is open, with a new password: give its owner a new start in person.',
  heldHeading: 'On hold. ',
  heldBy: 'On hold, by ',
  heldMeaning: 'No plan is carried further. What is shut stays shut, and what policy orders to shut the account is still done.',
  heldThenShut: 'The account is looked at again by itself, and the case goes on once it is found shut.',
  heldReleased: 'The case waits: an approver can press "Go on…" to let it go on.',
  heldThenQuiet: 'The account is looked at again by itself; an approver can press "Go on…" to let the case go on.',
  decideHeading: 'A person must decide. ',
  adviceHeading: 'What to do: ',
  adviceAsked: 'call the person, on a number you know, then answer the closing plan; its prompt stands in this channel.',
  adviceOpen: 'call the person, on a number you know. If it was somebody else, shut by hand what is still open.',
  adviceShut: 'call the person, on a number you know, and read the sign-ins and changes of this account in the Entra admin center.',
  notPaged: 'No page has been sent so far.',
  pageLost: 'A page could not be delivered. Tell the person on duty yourself.',
  blindHeading: 'Could not be checked: ',
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
  closed: 'Your account is closed, so that nobody else can use it. That you cannot sign in now is intended.',
  closedHere:
    'Your account is closed here, so that nobody else can use it here. Where you also sign in to it elsewhere, security asks the people there to act too.',
  released: 'Security has looked into it. They tell you in person how to go on with your account.',
  finished: 'Your account stays closed until security hands it back to you in person.',
  colleague: 'Thank you for telling us. You did the right thing.',
  colleagueReceived: 'Your report has arrived and is being worked on.',
  colleagueFinished: 'The work on it is finished.',
  colleagueNow: `${DO_NOT_WRITE} More is not said here, to protect them.`,
} as const;

export const noteCase = (number: number): string => `Case ${number}`;
