// The answers we read, as far as we read them. Unknown fields stay: raw answers
// are evidence, and Microsoft adds fields without asking.
import { z } from 'zod';

const guid = z.string().regex(/^[0-9a-f-]{36}$/);

export const PAGE = z.looseObject({ value: z.array(z.unknown()), '@odata.nextLink': z.string().optional() });

export const ACCOUNT = z.looseObject({
  id: guid,
  accountEnabled: z.boolean(),
  userType: z.enum(['Member', 'Guest']).nullish(),
  userPrincipalName: z.string(),
  onPremisesSyncEnabled: z.boolean().nullish(),
  isManagementRestricted: z.boolean().nullish(),
  signInSessionsValidFromDateTime: z.string().nullish(),
  lastPasswordChangeDateTime: z.string().nullish(),
});

export const DOOR_STATE = z.looseObject({
  id: guid,
  accountEnabled: z.boolean(),
  signInSessionsValidFromDateTime: z.string().nullish(),
});

export const MEMBERSHIP = z.looseObject({
  '@odata.type': z.string().optional(),
  id: guid,
  isAssignableToRole: z.boolean().nullish(),
  roleTemplateId: z.string().nullish(),
});

export const ROLE_ASSIGNMENT = z.looseObject({ id: z.string(), roleDefinitionId: z.string(), principalId: guid });

export const PASSWORD_STATE = z.looseObject({ id: guid, lastPasswordChangeDateTime: z.string().nullish() });

export const METHOD = z.looseObject({
  '@odata.type': z.string(),
  id: z.string(),
  createdDateTime: z.string().nullish(),
  displayName: z.string().nullish(),
  phoneNumber: z.string().nullish(),
  phoneType: z.string().nullish(),
  emailAddress: z.string().nullish(),
  aaGuid: z.string().nullish(),
});

export const MEMBER = z.looseObject({
  '@odata.type': z.string().optional(),
  id: guid,
  accountEnabled: z.boolean().nullish(),
  userType: z.string().nullish(),
});

export const DOMAIN = z.looseObject({ id: z.string(), authenticationType: z.string() });

export const SIGN_IN = z.looseObject({
  id: z.string(),
  createdDateTime: z.string(),
  status: z.looseObject({ errorCode: z.number() }),
  ipAddress: z.string().nullish(),
  correlationId: z.string().nullish(),
});

export const AUDIT = z.looseObject({
  id: z.string(),
  activityDateTime: z.string(),
  activityDisplayName: z.string(),
  result: z.string().nullish(),
  initiatedBy: z.looseObject({ user: z.looseObject({ ipAddress: z.string().nullish() }).nullish() }).nullish(),
});

/** An answer that only says it was done: 204, or a body nobody reads. */
export const DONE = z.unknown();
