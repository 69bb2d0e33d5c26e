// What the score knows of the product: its own tables, transcribed manually and
// imported from nowhere. Whatever is in none of them fails the run, by name: a
// judge that does not know a step cannot say that it was carried out rightly.
// A test compares them with the registries of the product.

/** Kinds of entries on the chain of a case. */
export const CASE_EVENTS = [
  'case.opened',
  'report.received',
  'account.learned',
  'order.made',
  'step.intended',
  'step.unneeded',
  'step.applied',
  'step.verified',
  'step.failed',
  'target.dropped',
  'snapshot.stored',
  'evidence.collected',
  'logs.read',
  'account.blocked',
  'recheck.made',
  'account.contained',
  'case.held',
  'hold.ended',
  'person.paged',
  'page.acknowledged',
  'call.taken',
  'monitoring.ended',
  'plan.made',
  'decision.received',
  'decision.refused',
  'approval.given',
  'plan.approved',
  'plan.declined',
  'plan.begun',
  'plan.done',
  'plan.expired',
  'plan.replaced',
  'choice.recorded',
  'containment.confirmed',
  'block-limit.reached',
  'history.exported',
  'case.closed',
] as const;

/** Kinds of entries on the chain of the tenant. */
export const TENANT_EVENTS = [
  'envelope.refused',
  'person.not-found',
  'baseline.stored',
  'people.imported',
  'case.exported',
  'case.viewed',
] as const;

const METHOD_DELETES = [
  'auth.microsoftAuthenticatorMethods.delete',
  'auth.phoneMethods.delete',
  'auth.emailMethods.delete',
  'auth.softwareOathMethods.delete',
  'auth.fido2Methods.delete',
  'auth.windowsHelloForBusinessMethods.delete',
  'auth.platformCredentialMethods.delete',
  'auth.externalAuthenticationMethods.delete',
  'auth.temporaryAccessPassMethods.delete',
] as const;

/** Every step, with the calls that carry it out, in either direction. */
export const CALLS_OF_STEP: Readonly<Record<string, readonly string[]>> = {
  'block-sign-in': ['user.disable', 'user.enable'],
  'revoke-sessions': ['user.revokeSignInSessions'],
  'reset-password': ['user.resetPassword'],
  'remove-methods': METHOD_DELETES,
  'release-false-alarm': ['user.enable', 'user.disable'],
};
export const STEPS = Object.keys(CALLS_OF_STEP);

/** Calls that change nothing. */
export const READING_CALLS = [
  'token.app',
  'user.get',
  'groups.transitiveMemberOf',
  'groups.transitiveMembers',
  'roles.assignments.list',
  'roles.eligible.list',
  'domains.list',
  'auth.methods.list',
  'signins.list.beta',
  'audit.byInitiator',
];
export const WRITING_CALLS = [...new Set(Object.values(CALLS_OF_STEP).flat())];

/** Steps that a call may belong to. */
export const stepsOfCall = (operation: string): string[] => STEPS.filter((step) => CALLS_OF_STEP[step]?.includes(operation) === true);

/** Methods of Slack's Web API. */
export const SLACK_METHODS = [
  'apps.connections.open',
  'auth.test',
  'chat.postMessage',
  'chat.update',
  'conversations.history',
  'conversations.info',
  'conversations.members',
  'conversations.open',
  'users.info',
  'views.open',
];

/** Refusals that a state of the workspace brings about; any other says that the app asked for nonsense. */
export const SLACK_REFUSALS = [
  'ratelimited',
  'channel_not_found',
  'not_in_channel',
  'is_archived',
  'message_not_found',
  'expired_trigger_id',
  'exchanged_trigger_id',
  'user_not_found',
  'user_disabled',
  'users_not_found',
];

/** Kinds of lines in the transcript of the workspace. */
export const SLACK_MOMENTS = [
  'api.request',
  'api.answer',
  'envelope.sent',
  'envelope.unsent',
  'envelope.acked',
  'envelope.timed-out',
  'socket.opened',
  'socket.closed',
  'socket.refused',
  'socket.disconnect-sent',
  'message.posted',
  'message.updated',
  'message.deleted',
  'message.ephemeral',
  'view.opened',
  'view.updated',
  'view.closed',
  'person.act',
  'person.saw',
] as const;

/** What Temporal runs for the product. */
export const WORKFLOWS = ['approvedPrompt', 'finishCase'];
export const ACTIVITIES = [
  ...STEPS.flatMap((step) => [`${step}.apply`, `${step}.verify`]),
  'people.verify',
  'decision.record',
  'plan.make',
  'plan.revise',
  'collect',
  'logs.read',
  'recheck',
  'person.page',
  'pages.acknowledge',
  'history.export',
  'case.finish',
];

/** Events in a history. A workflow that failed, was terminated or timed out is not among them. */
export const ENGINE_EVENTS = [
  'WORKFLOW_EXECUTION_STARTED',
  'WORKFLOW_EXECUTION_COMPLETED',
  'WORKFLOW_EXECUTION_CONTINUED_AS_NEW',
  'WORKFLOW_EXECUTION_UPDATE_ACCEPTED',
  'WORKFLOW_EXECUTION_UPDATE_COMPLETED',
  'WORKFLOW_TASK_SCHEDULED',
  'WORKFLOW_TASK_STARTED',
  'WORKFLOW_TASK_COMPLETED',
  'WORKFLOW_TASK_FAILED',
  'WORKFLOW_TASK_TIMED_OUT',
  'ACTIVITY_TASK_SCHEDULED',
  'ACTIVITY_TASK_STARTED',
  'ACTIVITY_TASK_COMPLETED',
  'ACTIVITY_TASK_FAILED',
  'ACTIVITY_TASK_TIMED_OUT',
  'TIMER_STARTED',
  'TIMER_FIRED',
  'TIMER_CANCELED',
  'MARKER_RECORDED',
  'START_CHILD_WORKFLOW_EXECUTION_INITIATED',
  'CHILD_WORKFLOW_EXECUTION_STARTED',
  'CHILD_WORKFLOW_EXECUTION_COMPLETED',
];

// --- values in entries ---

export const OUTCOMES = ['contained', 'blocked', 'contained-here-only', 'released'];
export const ORDERS = ['contain', 'ask-logs', 'people'];
export const ACCOUNTS = ['protected', 'guest', 'restricted', 'privileged', 'ordinary'];
export const PLAN_GROUPS = ['containment', 'eradication', 'release', 'undo'];
export const TARGETS = ['account', 'method'];
export const ACTS = [
  'approve',
  'decline',
  'revise',
  'confirm-containment',
  'hold',
  'resume',
  'ask-release',
  'ask-undo',
  'acknowledge',
  'take-call',
];
/** Each with the reading that would have been answered. */
export const BLIND_SPOTS = ['sign-in-log', 'audit-log', 'sign-in-methods', 'roles', 'eligible-roles', 'account'];

/** What people are told was not checked, by code, as a card says it. */
export const NOT_CHECKED: Readonly<Record<string, string>> = {
  'mailbox-rules-and-forwarding': 'mailbox rules and forwarding',
  'mailbox-delegates-and-permissions': 'mailbox delegates and permissions',
  'consents-and-app-roles': 'app consents and app-role assignments',
  devices: 'devices',
  'directory-roles-and-groups': 'directory roles and group memberships',
  'created-apps-and-users': 'apps and users this account created',
  'app-credentials': 'app credentials',
  sharing: 'shared files and links',
  'acts-on-other-accounts': 'changes to other accounts',
  'sign-in-methods': 'sign-in methods',
};

/** Under which of these a foothold falls, by its kind in the truth. */
export const FOOTHOLD_CODES: Readonly<Record<string, string>> = {
  'inbox-rule': 'mailbox-rules-and-forwarding',
  consent: 'consents-and-app-roles',
  device: 'devices',
  method: 'sign-in-methods',
};

// --- what stands on screens ---

/** The parts of a card's header after its number. */
export const CARD_STATES = [
  'on hold',
  'protected account',
  'account not blocked',
  'checking the account',
  'account open',
  'reading the logs',
  'a person must decide',
  'containing the account',
  'account blocked',
  'account contained',
  'account contained here only',
  'account released',
  'not everything could be checked',
  'attacker activity seen',
];

/** Types of blocks whose text the score reads, and of what stands in them. */
export const BLOCKS = ['header', 'section', 'context', 'divider', 'rich_text', 'actions', 'input'];
export const BLOCK_PARTS = [
  'plain_text',
  'mrkdwn',
  'rich_text_section',
  'rich_text_list',
  'rich_text_preformatted',
  'rich_text_quote',
  'text',
  'date',
  'user',
];

/** Captions of buttons and lines of menus. */
const PLANS = ['containment', 'eradication', 'release', 'undo'];

/** `N` stands for the number of the case. */
export const CAPTIONS = [
  ...PLANS.flatMap((plan) => [`Approve ${plan}…`, `Decline ${plan}…`]),
  'Change items…',
  'Confirm containment…',
  'Hold case N…',
  'Resume case N…',
  'Take case N',
  'Release as a false alarm…',
  'Undo the release…',
];

/** Captions that end with the name of a person. */
export const NAMED_CAPTION = /^I will call \S/;

/** How the messages of the product begin. */
export const MESSAGE_BEGINNINGS = [
  /^Case \d+(: | closed: | is closed\b)/,
  /^Your (decision|report) could not be saved\b/,
  /^The form did not open\b/,
  /^This (form )?could not be read, so nothing was saved\b/,
  /^You belong to another company's workspace\b/,
  /^This was sent to another Slack app\b/,
  /^This app does not know that button or command\b/,
  /^Something went wrong on our side\b/,
];

export const FORM_TITLES = [
  'Report a sign-in',
  'Report received',
  'Approve the plan',
  'Decline the plan',
  'Change what is ticked',
  'Hold the case',
  'Resume the case',
  'Request a release',
  'Request an undo',
  'Sent',
  'Nothing was saved',
];

/** How the pages of the product begin. */
export const PAGE_BEGINNINGS = [
  /^Case \d+: an employee (approved|typed|gave|reports|denied or ignored)\b/,
  /^Case \d+: an account was blocked automatically, and no person has confirmed it\. /,
  /^Case \d+: the (containment|eradication|release|undo) plan waits for an answer\. /,
  /^Case \d+: (on hold|still on hold)\b/,
  /^Case \d+: another report came in about\b/,
  /^Case \d+: an account that was released was then blocked by hand\. /,
  /^Case \d+: the release cannot be offered again: /,
  /^Case \d+: the person whose account it is waits for a call\b/,
  /^Case \d+: an approver typed three wrong plan codes\b/,
  /^URGENT, case \d+: an account that an attacker may be using is NOT blocked\b/,
  /^URGENT, case \d+: an attacker may be inside .*\. NOTHING was blocked\. /,
  /^URGENT: a report was received, and no case can be opened for it\. /,
  /^URGENT: the database does not answer\b/,
  /^A report or decision about an open case cannot be checked now\. /,
  /^A report waits, because its (reporter|subject) is not in the table of people\. /,
  /^An action in the inbox was refused \([a-z-]+\): /,
  /^A message that claims to be a person's action was refused \([a-z-]+\)\. /,
  /^A message that reached a case through Temporal was not signed with our payload key\b/,
  /^(At least )?(One|\d+) (report or decision waits|reports and decisions wait), and the worker does not deliver\b/,
  /^The (worker|Slack app) of unapprove is not ready: /,
  /^A step of a case (is refused|fails) each time it is tried\b/,
];
