// What people own, in the tenant's words: methods and rules as a scenario names
// them, filled in so that each looks like one of a real directory.

import type { MethodSeed, RuleSeed } from '../microsoft/company.ts';
import type { MethodLine, PersonLine, RuleLine } from '../scenarios/types.ts';

interface Owner {
  readonly name: string;
  /** Counts this person's methods, from 0. */
  readonly index: number;
  readonly id: string;
  readonly isDefault: boolean;
}

/** A person's methods; the default is the one that says so, else the first when it can be that. */
export function methodSeeds({ name, methods }: PersonLine, idOf: (index: number) => string): MethodSeed[] {
  const chosen = methods.findIndex((method) => method.default === true);
  const canBe = methods[0]?.kind === 'authenticator' || methods[0]?.kind === 'phone';
  const first = chosen >= 0 ? chosen : canBe ? 0 : -1;
  return methods.map((method, index) => methodSeed(method, { name, index, id: idOf(index), isDefault: index === first }));
}

function methodSeed({ kind, name, value }: MethodLine, { name: owner, index, id, isDefault }: Owner): MethodSeed {
  const first = isDefault ? ({ default: true } as const) : {};
  switch (kind) {
    case 'authenticator':
      return {
        kind,
        id,
        displayName: name ?? `${owner}'s phone`,
        deviceTag: 'SoftwareTokenActivated',
        phoneAppVersion: '6.8.20',
        ...first,
      };
    case 'phone':
      return { kind, phoneNumber: value ?? `+31 6 1000${String(1000 + index)}`, phoneType: phoneType(name), ...first };
    case 'email':
      return { kind, emailAddress: value ?? `private-${index}@mail.example` };
    case 'fido2':
      return { kind, id, displayName: name ?? `${owner}'s security key` };
    case 'hello':
      return { kind, id, displayName: name ?? `${owner}'s laptop` };
    case 'softwareOath':
      return { kind, id, ...first };
    case 'tap':
      return { kind, id, lifetimeInMinutes: PASS_MINUTES, isUsableOnce: false };
  }
}

/** As long as the service gives one out for at the most: it outlives any night. */
const PASS_MINUTES = 43_200;

export const phoneType = (name: string | undefined): 'mobile' | 'alternateMobile' | 'office' =>
  name === 'alternateMobile' || name === 'office' ? name : 'mobile';

export function ruleSeed({ name, forwardTo, deletes, subjectContains }: RuleLine): RuleSeed {
  return {
    displayName: name,
    isEnabled: true,
    ...(subjectContains === undefined ? {} : { conditions: { subjectContains: [...subjectContains] } }),
    actions: {
      ...(forwardTo === undefined ? {} : { forwardTo: [{ emailAddress: { address: forwardTo } }] }),
      ...(deletes === true ? { delete: true } : {}),
      stopProcessingRules: deletes === true,
    },
  };
}
