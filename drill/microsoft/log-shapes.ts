/** Rows of the two logs as Graph shows them; of sign-ins v1.0 knows less than beta. */
import { guidOf } from './directory-roles.ts';
import type { AuditEvent, AuditTarget, Logged, SignInEvent } from './logs.ts';
import type { Item } from './odata/list.ts';

const FAILURES: Readonly<Record<number, string>> = {
  0: 'Other.',
  50057: 'The user account is disabled.',
  50072: 'Due to a configuration change made by your administrator, you must enroll in multi-factor authentication.',
  50074: 'Strong Authentication is required.',
  50126: 'Error validating credentials due to invalid username or password.',
  50133: 'Session is invalid due to expiration or recent password change.',
  50140: "This error occurred due to 'Keep me signed in' interrupt when the user was signing-in.",
  50173: 'The provided grant has expired due to it being revoked, a fresh auth token is needed.',
  500121: 'Authentication failed during strong authentication request.',
};

/** Sign-in rows are dated to the second, audit rows finer. */
const second = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;

function common(row: Logged<SignInEvent>): Item {
  const { person, from } = row;
  return {
    id: row.id,
    createdDateTime: second(row.at),
    userDisplayName: person.displayName,
    userPrincipalName: person.upn.toLowerCase(),
    userId: person.id,
    appId: guidOf(`client application ${from.app}`),
    appDisplayName: from.app,
    ipAddress: from.ip,
    clientAppUsed: from.device?.browser === undefined ? 'Mobile Apps and Desktop clients' : 'Browser',
    correlationId: row.correlationId,
    conditionalAccessStatus: 'notApplied',
    isInteractive: row.interactive,
    riskDetail: 'none',
    riskLevelAggregated: 'none',
    riskLevelDuringSignIn: 'none',
    riskState: 'none',
    riskEventTypes_v2: [],
    appliedConditionalAccessPolicies: [],
    resourceDisplayName: 'Microsoft Graph',
    resourceId: '00000003-0000-0000-c000-000000000000',
    status: { errorCode: row.code, failureReason: FAILURES[row.code] ?? 'Other.', additionalDetails: row.additionalDetails || null },
    location: {
      city: from.city,
      state: '',
      countryOrRegion: from.country,
      geoCoordinates: { altitude: null, latitude: null, longitude: null },
    },
  };
}

export function signInV1(row: Logged<SignInEvent>): Item {
  const { device } = row.from;
  return {
    ...common(row),
    riskEventTypes: [],
    deviceDetail: {
      deviceId: device?.deviceId ?? null,
      displayName: null,
      operatingSystem: device?.operatingSystem ?? null,
      browser: device?.browser ?? null,
      isCompliant: null,
      isManaged: null,
      trustType: null,
    },
  };
}

export function signInBeta(row: Logged<SignInEvent>): Item {
  const { device } = row.from;
  const multiple = row.steps.some((step) => step.requirement === 'Multifactor authentication');
  return {
    ...common(row),
    signInEventTypes: [row.interactive ? 'interactiveUser' : 'nonInteractiveUser'],
    authenticationRequirement: multiple || !row.interactive ? 'multiFactorAuthentication' : 'singleFactorAuthentication',
    authenticationProtocol: 'oAuth2',
    originalTransferMethod: 'none',
    incomingTokenType: row.interactive ? 'none' : 'refreshToken',
    autonomousSystemNumber: row.from.asn,
    sessionId: row.sessionId ?? '',
    uniqueTokenIdentifier: row.uti,
    userType: row.person.userType.toLowerCase(),
    userAgent: '',
    crossTenantAccessType: row.person.userType === 'Guest' ? 'b2bCollaboration' : 'none',
    deviceDetail: {
      deviceId: device?.deviceId ?? '',
      displayName: '',
      operatingSystem: device?.operatingSystem ?? '',
      browser: device?.browser ?? '',
      isCompliant: false,
      isManaged: false,
      trustType: '',
    },
    authenticationDetails: row.steps.map((step) => ({
      authenticationStepDateTime: second(step.at),
      authenticationMethod: step.method,
      authenticationMethodDetail: step.detail,
      succeeded: step.succeeded,
      authenticationStepResultDetail: step.result,
      authenticationStepRequirement: step.requirement,
    })),
    authenticationAppPolicyEvaluationDetails:
      row.numberMatch === undefined
        ? []
        : [{ policyName: 'Number match', adminConfiguration: 'enabled', authenticationEvaluation: 'enabled', status: row.numberMatch }],
  };
}

const target = ({ id, type, displayName, userPrincipalName, modified }: AuditTarget): Item => ({
  id,
  type,
  displayName,
  userPrincipalName: userPrincipalName ?? null,
  groupType: null,
  // JSON texts inside JSON: that is how Microsoft writes them.
  modifiedProperties: (modified ?? []).map(({ name, from, to }) => ({
    displayName: name,
    oldValue: JSON.stringify([from]),
    newValue: JSON.stringify([to]),
  })),
});

function initiatedBy({ by }: AuditEvent): Item {
  switch (by.kind) {
    case 'nobody':
      return { user: null, app: null };
    case 'app': {
      const { appId, displayName, servicePrincipalId } = by;
      return { user: null, app: { appId, displayName, servicePrincipalId, servicePrincipalName: null } };
    }
    case 'user': {
      const { id, displayName, upn, userType } = by.person;
      return {
        app: null,
        user: { id, displayName, userPrincipalName: upn, ipAddress: by.ip, userType, homeTenantId: null, homeTenantName: null },
      };
    }
  }
}

export const auditItem = (row: Logged<AuditEvent>): Item => ({
  id: row.id,
  category: row.category,
  correlationId: row.correlationId,
  result: 'success',
  resultReason: row.resultReason ?? '',
  activityDisplayName: row.activity,
  activityDateTime: new Date(row.at).toISOString(),
  loggedByService: row.service,
  operationType: row.operationType,
  initiatedBy: initiatedBy(row),
  targetResources: row.targets.map(target),
  additionalDetails: [],
});
