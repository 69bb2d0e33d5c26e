// The answers we read, as far as we read them. Unknown fields stay: raw answers
// are evidence, and Microsoft adds fields without asking. A field that holds what
// no page documents is unknown (null, or `odd` where that is not the same), and it
// never stops what does not need it. Only what an item is nothing without is required.
import { z } from 'zod';

const guid = z.string().regex(/^[0-9a-f-]{36}$/);
const text = z.string().nullish().catch(null);
const flag = z.boolean().nullish().catch(null);

/** Neither a documented value nor empty. */
export const ODD = 'odd';

export const PAGE = z.looseObject({ value: z.array(z.unknown()), '@odata.nextLink': z.unknown().optional() });

export const ACCOUNT = z.looseObject({
  accountEnabled: flag,
  // Old accounts have no type and are members; an unknown type may be a guest's or another tenant's.
  userType: z.enum(['Member', 'Guest']).nullish().or(z.literal(ODD)).catch(ODD),
  userPrincipalName: text,
  onPremisesSyncEnabled: z.boolean().nullish().or(z.literal(ODD)).catch(ODD),
  isManagementRestricted: flag,
  signInSessionsValidFromDateTime: text,
  lastPasswordChangeDateTime: text,
});

export const ACCESS_STATE = z.looseObject({ accountEnabled: flag, signInSessionsValidFromDateTime: text });

export const MEMBERSHIP = z.looseObject({
  '@odata.type': text,
  id: guid,
  // A group or role that may be one with rights, and does not say so, is no item that was read.
  isAssignableToRole: z.boolean().nullish(),
  roleTemplateId: z.string().nullish(),
});

export const ROLE_ASSIGNMENT = z.looseObject({ roleDefinitionId: z.string(), principalId: guid });

export const PASSWORD_STATE = z.looseObject({ lastPasswordChangeDateTime: text });

const NOTHING = {
  '@odata.type': null,
  id: null,
  createdDateTime: null,
  displayName: null,
  phoneNumber: null,
  phoneType: null,
  emailAddress: null,
  aaGuid: null,
};

/** Every item of the list is a method, whatever it looks like: what cannot be read is shown as unknown. */
export const METHOD = z
  .looseObject({
    '@odata.type': text,
    id: text,
    createdDateTime: text,
    displayName: text,
    phoneNumber: text,
    phoneType: text,
    emailAddress: text,
    aaGuid: text,
  })
  .catch(NOTHING);

export const MEMBER = z.looseObject({
  '@odata.type': text,
  id: guid,
  userType: z.string().nullish().catch(ODD),
});

export const DOMAIN = z.looseObject({ id: z.string(), authenticationType: text });

/** Without its time or its result a row proves nothing. */
export const SIGN_IN = z.looseObject({
  id: text,
  createdDateTime: z.iso.datetime({ offset: true }),
  status: z.looseObject({ errorCode: z.number() }),
  ipAddress: text,
  correlationId: text,
});

export const AUDIT = z.looseObject({
  activityDateTime: z.iso.datetime({ offset: true }),
  activityDisplayName: z.string(),
  // Anything but a failure counts as done.
  result: text,
  initiatedBy: z
    .looseObject({ user: z.looseObject({ ipAddress: text }).nullish().catch(null) })
    .nullish()
    .catch(null),
});

/** An answer that only says it was done: 204, or a body that is not read. */
export const DONE = z.unknown();
