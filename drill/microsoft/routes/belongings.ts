/** What belongs to a person: sign-in methods, devices, consents, mail and its rules, and risk. */
import { noMailbox, Refusal, seconds } from '../answers.ts';
import { asking, type Call, fieldsOf, type Handlers, personOf, type TenantContext } from '../call.ts';
import type { Device, Rule } from '../directory-items.ts';
import { methodList } from '../method-shapes.ts';
import { answerList, type Item, type ListRules } from '../odata/list.ts';
import { permits } from '../operations.ts';
import { PRIMARY } from '../replicas.ts';
import type { PersonCells } from '../state.ts';
import { thingTarget } from '../truth.ts';

const DEVICE_FIELDS = [
  'id',
  'accountEnabled',
  'approximateLastSignInDateTime',
  'deviceId',
  'displayName',
  'isCompliant',
  'isManaged',
  'operatingSystem',
  'operatingSystemVersion',
  'registrationDateTime',
  'trustType',
];

function deviceItem({ id, deviceId, seed, registeredAt }: Device, call: Call): Item {
  const type = { '@odata.type': '#microsoft.graph.device', id };
  const { actor } = call;
  const sees =
    actor.kind === 'app' &&
    permits([['Device.Read.All'], ['Device.ReadWrite.All'], ['Directory.Read.All'], ['Directory.ReadWrite.All']], actor.permissions);
  if (!sees) return { ...type, ...Object.fromEntries(DEVICE_FIELDS.filter((name) => name !== 'id').map((name) => [name, null])) };
  const registered = seed.registrationDateTime ?? seconds(registeredAt);
  return {
    ...type,
    accountEnabled: true,
    approximateLastSignInDateTime: registered,
    deviceId,
    displayName: seed.displayName,
    isCompliant: seed.isCompliant ?? null,
    isManaged: seed.isManaged ?? false,
    operatingSystem: seed.operatingSystem ?? 'Windows',
    operatingSystemVersion: '10.0.26100.1',
    registrationDateTime: registered,
    trustType: seed.trustType ?? 'Workplace',
  };
}

function devices(call: Call, world: TenantContext) {
  const items = personOf(call, world)
    .devices.read(call.view)
    .map((device) => deviceItem(device, call));
  const rules: ListRules = { type: 'microsoft.graph.directoryObject', properties: DEVICE_FIELDS, paged: { size: 100, most: 999 } };
  return { status: 200, body: answerList(items, rules, asking(call, world, 'directoryObjects')) };
}

const ruleItem = ({ id, displayName, sequence, isEnabled, conditions, actions }: Rule): Item => ({
  id,
  displayName,
  sequence,
  isEnabled,
  hasError: false,
  isReadOnly: false,
  conditions,
  actions,
});

function mailboxOf(call: Call, world: TenantContext): PersonCells {
  const person = personOf(call, world);
  if (person.seed.mailbox !== 'cloud') throw noMailbox();
  return person;
}

function createRule(call: Call, world: TenantContext) {
  const person = mailboxOf(call, world);
  const fields = fieldsOf(call);
  const { displayName, sequence, isEnabled, conditions, actions } = fields;
  if (typeof displayName !== 'string' || typeof sequence !== 'number' || !isObject(actions) || Object.keys(actions).length === 0) {
    throw new Refusal({
      status: 400,
      code: 'ErrorInvalidRequest',
      message: 'The rule needs a displayName, a sequence and at least one action.',
    });
  }
  const holder = call.actor.kind === 'user' ? call.actor.session.holder : 'owner';
  const rule: Rule = {
    id: `AQAA${world.chance('rule ids').text(6)}=`,
    displayName,
    sequence,
    isEnabled: isEnabled !== false,
    conditions: isObject(conditions) ? conditions : {},
    actions,
    holder,
    plantedAt: call.at,
  };
  return {
    status: 201,
    body: {
      '@odata.context': `${world.origin()}/${call.version}/$metadata#users('${person.seed.id}')/mailFolders('inbox')/messageRules/$entity`,
      ...ruleItem(rule),
    },
    commit(at: number) {
      person.rules.write([...person.rules.read(PRIMARY), { ...rule, plantedAt: at }], at);
      return [{ what: 'inbox-rule', target: thingTarget(person.seed.id, 'inbox-rule', rule.id), from: null, to: displayName }];
    },
  };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const belongingHandlers: Handlers = {
  'auth.methods.list': (call, world) => {
    const person = personOf(call, world);
    const value = methodList(person.methods.read(call.view), call.at);
    // The list is small and has no query options but $select, which no one needs: it answers every kind at once.
    const context = `users('${person.seed.id}')/authentication/methods`;
    return { status: 200, body: answerList(value, { type: 'microsoft.graph.authenticationMethod' }, asking(call, world, context)) };
  },
  'devices.owned': devices,
  'devices.registered': devices,
  'oauth.grants.list': (call, world) => {
    const person = personOf(call, world);
    const items = person.grants.read(call.view).map(({ id, clientId, resourceId, scope }) => ({
      id,
      clientId,
      consentType: 'Principal',
      principalId: person.seed.id,
      resourceId,
      scope,
    }));
    const rules: ListRules = { type: 'microsoft.graph.oAuth2PermissionGrant', paged: { size: 100, most: 999 } };
    return { status: 200, body: answerList(items, rules, asking(call, world, 'oauth2PermissionGrants')) };
  },
  'mail.rules.list': (call, world) => {
    const person = mailboxOf(call, world);
    const items = person.rules.read(PRIMARY).map(ruleItem);
    const context = `users('${person.seed.id}')/mailFolders('inbox')/messageRules`;
    return { status: 200, body: answerList(items, { type: 'microsoft.graph.messageRule' }, asking(call, world, context)) };
  },
  'mail.rules.create': createRule,
  'mail.messages.list': (call, world) => {
    const { seed } = mailboxOf(call, world);
    const message = {
      id: `AAMk${Buffer.from(seed.id).toString('base64url')}`,
      subject: 'Invoice of the month',
      receivedDateTime: seconds(call.at - 3_600_000),
      hasAttachments: false,
      isRead: true,
      from: { emailAddress: { name: 'Accounts', address: 'accounts@supplier.example' } },
      toRecipients: [{ emailAddress: { name: seed.displayName, address: seed.upn } }],
    };
    const rules: ListRules = { type: 'microsoft.graph.message', properties: Object.keys(message), paged: { size: 10, most: 1000 } };
    return { status: 200, body: answerList([message], rules, asking(call, world, `users('${seed.id}')/messages`)) };
  },
  // No one here was ever scored as risky: the service knows no such user.
  'risk.user.get': (call, world) => {
    const { seed } = personOf(call, world);
    throw new Refusal({ status: 404, code: 'ResourceNotFound', message: `The risky user '${seed.id}' was not found.` });
  },
};
