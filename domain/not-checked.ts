// What no step of unapprove reads, attributes or removes yet. No case closes without this list: an attacker who added a
// mailbox rule or an app still has it. A step that covers one of these removes its code from the list.
import type { LedgerEvent } from './case/events.ts';

/** Codes, in the order in which a person checks them: what lets data out first. */
export const NOT_CHECKED = [
  'mailbox-rules-and-forwarding',
  'mailbox-delegates-and-permissions',
  'consents-and-app-roles',
  'devices',
  'directory-roles-and-groups',
  'created-apps-and-users',
  'app-credentials',
  'sharing',
  'acts-on-other-accounts',
  'sign-in-methods',
] as const;
export type NotChecked = (typeof NOT_CHECKED)[number];

/** The names for people. How to check each of them manually: docs/runbooks/approved-prompt.md. */
export const NOT_CHECKED_WORDS: Readonly<Record<NotChecked, string>> = {
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

/** What was not checked in this case. Sign-in methods count as checked when an eradication was completed and stored its snapshot. */
export function notCheckedIn(events: readonly LedgerEvent[]): NotChecked[] {
  const hasSnapshot = events.some((event) => event.kind === 'snapshot.stored');
  return NOT_CHECKED.filter((code) => code !== 'sign-in-methods' || !hasSnapshot);
}
