/** The sign-in log and the audit log, with the filters their pages document. */
import { badRequest } from '../answers.ts';
import { asking, type Call, type Handlers, type TenantContext } from '../call.ts';
import { answerList, type ListRules } from '../odata/list.ts';

const PAGED = { size: 1000, most: 1000 } as const;
const EARLIER_LATER = ['eq', 'ge', 'le', 'gt', 'lt'] as const;

const SIGN_INS: ListRules = {
  type: 'microsoft.graph.signIn',
  filterable: {
    id: ['eq'],
    userId: ['eq'],
    userPrincipalName: ['eq', 'startswith'],
    userDisplayName: ['eq', 'startswith'],
    createdDateTime: EARLIER_LATER,
    appId: ['eq'],
    appDisplayName: ['eq', 'startswith'],
    ipAddress: ['eq', 'startswith'],
    'status/errorCode': ['eq'],
    conditionalAccessStatus: ['eq'],
    riskState: ['eq'],
    correlationId: ['eq'],
    isInteractive: ['eq'],
  },
  orderable: 'createdDateTime',
  paged: PAGED,
};

const SIGN_INS_BETA: ListRules = {
  ...SIGN_INS,
  filterable: { ...SIGN_INS.filterable, 'signInEventTypes/any/': ['eq'] },
};

const AUDITS: ListRules = {
  type: 'microsoft.graph.directoryAudit',
  filterable: {
    id: ['eq'],
    activityDateTime: EARLIER_LATER,
    activityDisplayName: ['eq', 'startswith'],
    category: ['eq'],
    correlationId: ['eq'],
    loggedByService: ['eq'],
    result: ['eq'],
    'initiatedBy/user/id': ['eq'],
    'initiatedBy/user/displayName': ['eq'],
    'initiatedBy/user/userPrincipalName': ['eq', 'startswith'],
    'initiatedBy/app/appId': ['eq'],
    'initiatedBy/app/displayName': ['eq'],
    'targetResources/any/id': ['eq'],
    'targetResources/any/displayName': ['eq', 'startswith'],
  },
  orderable: 'activityDateTime',
  paged: PAGED,
};

const EVENT_TYPE = /'(?:interactiveUser|nonInteractiveUser|servicePrincipal|managedIdentity)'/gi;

function signIns(call: Call, world: TenantContext) {
  const beta = call.version === 'beta';
  const rows = world.logs.signIns(call.version, call.at);
  // A request that does not name the kinds of sign-in gets only the interactive ones.
  const filter = call.query.get('$filter') ?? '';
  const asked = filter.includes('signInEventTypes');
  // Measured: kinds of sign-in cannot be combined, neither in one clause nor in two; each is a request of its own.
  if (asked && (filter.match(EVENT_TYPE) ?? []).length > 1) {
    throw badRequest('Event types cannot be combined in one filter of signInEventTypes.', 'BadRequest');
  }
  const offered = beta && !asked ? rows.filter((row) => row['isInteractive'] === true) : rows;
  return { status: 200, body: answerList(offered, beta ? SIGN_INS_BETA : SIGN_INS, asking(call, world, 'auditLogs/signIns')) };
}

const audits = (call: Call, world: TenantContext) => ({
  status: 200,
  body: answerList(world.logs.audits(call.at), AUDITS, asking(call, world, 'auditLogs/directoryAudits')),
});

export const logHandlers: Handlers = {
  'signins.list.v1': signIns,
  'signins.list.beta': signIns,
  'audit.byInitiator': audits,
  'audit.byTarget': audits,
  'audit.list': audits,
};
