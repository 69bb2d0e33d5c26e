// Fills in what a small file leaves out, so that ten lines are a scenario.
import { lengthMs } from './times.ts';
import type { Cue, FaultLine, From, IntruderAct, MethodLine, PersonLine, Scenario, StaffAct } from './types.ts';
import type { WrittenCue, WrittenFault, WrittenIntruderAct, WrittenPerson, WrittenScenario, WrittenStaffAct } from './written.ts';

const ABROAD: From = { ip: '203.0.113.77', city: 'Lagos', country: 'NG', asn: 64_511, app: 'Exchange Online', cae: false };
const AT_HAND: readonly MethodLine[] = [{ kind: 'authenticator' }, { kind: 'phone' }];
const UNPHISHABLE: readonly MethodLine[] = [{ kind: 'fido2' }];

export const APPROVERS = ['kim', 'lee', 'mia', 'noor'] as const;
export const BREAK_GLASS = ['glass-1', 'glass-2'] as const;

/** Who works in every company: without them nobody could be protected, and nobody could approve. */
const EXTRAS: Readonly<Record<string, WrittenPerson>> = {
  'glass-1': {
    name: 'Break glass one',
    account: 'protected',
    roles: ['Global Administrator'],
    methods: UNPHISHABLE,
    mailbox: 'none',
    slack: 'none',
  },
  'glass-2': {
    name: 'Break glass two',
    account: 'protected',
    roles: ['Global Administrator'],
    methods: UNPHISHABLE,
    mailbox: 'none',
    slack: 'none',
  },
  sync: {
    name: 'On-premises sync',
    account: 'protected',
    roles: ['Directory Synchronization Accounts'],
    methods: [],
    mailbox: 'none',
    slack: 'none',
  },
  olga: { name: 'Olga Admin', account: 'privileged', roles: ['Global Administrator'], methods: UNPHISHABLE },
  piet: { name: 'Piet Admin', account: 'privileged', roles: ['Global Administrator'], methods: UNPHISHABLE },
  quinn: { name: 'Quinn Admin', account: 'privileged', roles: ['Global Administrator'], methods: UNPHISHABLE },
  kim: { name: 'Kim Responder', methods: UNPHISHABLE },
  lee: { name: 'Lee Responder', methods: UNPHISHABLE },
  mia: { name: 'Mia Responder', methods: UNPHISHABLE },
  noor: { name: 'Noor Responder', methods: UNPHISHABLE },
};

export function complete(written: WrittenScenario): Scenario {
  const domains = (written.company?.domains ?? [{ name: 'contoso.example' }]).map((domain) => ({
    authentication: 'Managed' as const,
    ...domain,
  }));
  const approvers = written.company?.approvers ?? APPROVERS;
  const { reader, actor } = written.company?.apps ?? {};
  const home: From = { ...ABROAD, ...written.intruder?.from };
  return {
    name: written.name,
    story: written.story,
    seed: written.seed ?? 1,
    timeScale: written.timeScale ?? 180,
    deadlineMs: lengthMs(written.deadline ?? '6h'),
    latency: written.latency ?? 'default',
    lag: written.lag ?? 'default',
    company: {
      name: written.company?.name ?? 'Contoso',
      licences: { p1: true, p2: true, ...written.company?.licences },
      domains,
      approvers,
      breakGlass: written.company?.breakGlass ?? BREAK_GLASS,
      apps: {
        reader: { without: reader?.without ?? [], roles: reader?.roles ?? [] },
        actor: { without: actor?.without ?? [], roles: actor?.roles ?? ['User Administrator'] },
      },
    },
    people: Object.fromEntries(
      Object.entries({ ...EXTRAS, ...written.people }).map(([key, person]) => [key, completePerson(key, person, domains, approvers)]),
    ),
    intruder: {
      knowsPasswordOf: written.intruder?.knowsPasswordOf ?? [],
      acts: (written.intruder?.acts ?? []).map((act) => completeIntruderAct(act, home)),
    },
    staff: { prompts: written.staff?.prompts ?? {}, acts: (written.staff?.acts ?? []).map(completeStaffAct) },
    faults: (written.faults ?? []).map(completeFault),
    expect: written.expect ?? {},
  };
}

function completePerson(
  key: string,
  person: WrittenPerson,
  domains: Scenario['company']['domains'],
  approvers: readonly string[],
): PersonLine {
  const account = person.account ?? 'ordinary';
  const federated = domains.find((domain) => domain.authentication === 'Federated')?.name;
  const domain =
    account === 'guest' ? 'partner.example' : account === 'federated' && federated ? federated : (domains[0]?.name ?? 'contoso.example');
  return {
    name: person.name ?? key.charAt(0).toUpperCase() + key.slice(1),
    upn: person.upn ?? `${key}@${domain}`,
    account,
    roles:
      person.roles ?? (account === 'privileged' ? ['Exchange Administrator'] : account === 'protected' ? ['Global Administrator'] : []),
    eligibleRoles: person.eligibleRoles ?? [],
    enabled: person.enabled ?? true,
    methods: person.methods ?? AT_HAND,
    devices: person.devices ?? [],
    inboxRules: person.inboxRules ?? [],
    mailbox: person.mailbox ?? (account === 'guest' ? 'none' : 'cloud'),
    slack: person.slack ?? (account === 'guest' ? 'guest' : 'member'),
    inPeopleTable: person.inPeopleTable ?? true,
    inResponderChannel: person.inResponderChannel ?? approvers.includes(key),
  };
}

function cueOf({ at, after, wait }: WrittenCue): Cue {
  const waitMs = lengthMs(wait ?? '0');
  if (after === undefined) return { kind: 'at', atMs: lengthMs(at ?? '0') + waitMs };
  if (typeof after === 'string') return { kind: 'after', fact: after, waitMs: waitMs + lengthMs(at ?? '0') };
  return { kind: 'call', operation: after.operation, phase: after.phase ?? 'answered', occurrence: after.occurrence ?? 1, waitMs };
}

function completeIntruderAct(act: WrittenIntruderAct, home: From): IntruderAct {
  const everyMs = act.every === undefined ? null : lengthMs(act.every);
  const move = {
    person: act.person,
    cue: cueOf(act),
    everyMs,
    times: act.times ?? (everyMs === null ? 1 : Number.POSITIVE_INFINITY),
    from: { ...home, ...act.from },
  };
  switch (act.do) {
    case 'signIn':
    case 'refresh':
    case 'readMail':
      return { ...move, do: act.do };
    case 'addMethod':
      return { ...move, do: act.do, method: act.method ?? { kind: 'authenticator', name: 'Pixel 4' } };
    case 'addInboxRule':
      return { ...move, do: act.do, rule: act.rule ?? { name: '.', deletes: true, subjectContains: ['security', 'sign-in', 'MFA'] } };
    case 'registerDevice':
      return { ...move, do: act.do, device: act.device ?? { name: 'DESKTOP-4F2A' } };
    case 'consent':
      return {
        ...move,
        do: act.do,
        consent: { app: act.consent?.app ?? 'Mail Backup Pro', scopes: act.consent?.scopes ?? ['Mail.Read', 'offline_access'] },
      };
  }
}

function completeStaffAct(act: WrittenStaffAct): StaffAct {
  const cue = cueOf(act);
  if (act.do === 'work') return { do: 'work', person: act.person, cue };
  return {
    do: 'report',
    person: act.person,
    cue,
    about: act.about === act.person ? null : (act.about ?? null),
    what: act.what ?? 'approved',
    when: act.when ?? 'last-15-minutes',
    words: act.words ?? {},
    repeat: { times: act.repeat?.times ?? 1, withinMs: act.repeat?.withinMs ?? 1000 },
  };
}

const completeFault = (fault: WrittenFault): FaultLine =>
  fault.in === 'process' ? fault : { ...fault, occurrence: fault.occurrence ?? 1 };
