// Fills in what a small file leaves out, so that ten lines are a scenario.

import type { WrittenAttackerAction, WrittenCue, WrittenFault, WrittenPerson, WrittenScenario, WrittenStaffAction } from './input-types.ts';
import { lengthMs } from './times.ts';
import type {
  AddedMethod,
  AttackerAction,
  CutLine,
  FaultLine,
  From,
  MethodLine,
  NamedMethod,
  PersonLine,
  Scenario,
  StaffAction,
  Trigger,
} from './types.ts';

const ABROAD: From = { ip: '203.0.113.77', city: 'Lagos', country: 'NG', asn: 64_511, app: 'Exchange Online', cae: false };
const AT_WORK: From = { ip: '192.0.2.10', city: 'Utrecht', country: 'NL', asn: 64_500, app: 'Exchange Online', cae: true };
const AT_HAND: readonly MethodLine[] = [{ kind: 'authenticator' }, { kind: 'phone' }];
const UNPHISHABLE: readonly MethodLine[] = [{ kind: 'fido2' }];

export const APPROVERS = ['kim', 'lee', 'mia', 'noor'] as const;
export const BREAK_GLASS = ['glass-1', 'glass-2'] as const;

/** Who works in every company: without them no one could be protected, and no one could approve. */
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

export function withDefaults(written: WrittenScenario): Scenario {
  const domains = (written.company?.domains ?? [{ name: 'contoso.example' }]).map((domain) => ({
    authentication: 'Managed' as const,
    ...domain,
  }));
  const approvers = written.company?.approvers ?? APPROVERS;
  const { reader, actor } = written.company?.apps ?? {};
  const home: From = { ...ABROAD, ...written.attacker?.from };
  const about = caseOfTheScenario(written);
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
      policy: { twoApprovers: written.company?.policy?.twoApprovers ?? [] },
      slackClockAheadMs: written.company?.slackClockAheadMs ?? 0,
    },
    people: Object.fromEntries(
      Object.entries({ ...EXTRAS, ...written.people }).map(([key, person]) => [key, completePerson(key, person, domains, approvers)]),
    ),
    attacker: {
      knowsPasswordOf: written.attacker?.knowsPasswordOf ?? [],
      actions: (written.attacker?.actions ?? []).map((act) => completeAttackerAct(act, home)),
    },
    staff: { prompts: written.staff?.prompts ?? {}, actions: (written.staff?.actions ?? []).map((act) => completeStaffAct(act, about)) },
    faults: (written.faults ?? []).map((fault) => completeFault(fault, about)),
    expect: written.expect ?? {},
  };
}

/** Whose case an action is about when it does not say: the first person who is reported, else whom the attacker goes for first. */
function caseOfTheScenario({ staff, attacker }: WrittenScenario): string {
  const report = staff?.actions?.find((act) => act.do === 'report');
  return report?.about ?? report?.person ?? attacker?.actions?.find((act) => act.do !== 'joinGroup')?.person ?? '';
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
    slackAccounts: person.slackAccounts ?? 1,
    inPeopleTable: person.inPeopleTable ?? true,
    inResponderChannel: person.inResponderChannel ?? approvers.includes(key),
  };
}

/** Whom each kind of fact is about, when the cue does not say. */
interface Whom {
  readonly fact: string;
  readonly call: string;
  readonly screen: string;
}

const allOf = (person: string): Whom => ({ fact: person, call: person, screen: person });

function cueOf({ at, after, wait }: WrittenCue, whom: Whom): Trigger {
  const waitMs = lengthMs(wait ?? '0');
  if (after === undefined) return { kind: 'at', atMs: lengthMs(at ?? '0') + waitMs };
  const later = { waitMs: waitMs + lengthMs(at ?? '0') };
  if (typeof after === 'string') return { kind: 'after', fact: after, of: whom.fact, ...later };
  if ('fact' in after) return { kind: 'after', fact: after.fact, of: after.of, ...later };
  if ('card' in after) return { kind: 'card', text: after.card, of: after.of ?? whom.screen, ...later };
  if ('prompt' in after) {
    const { prompt, state = null, revision = 1, of = whom.screen } = after;
    return { kind: 'prompt', group: prompt, state, revision, of, ...later };
  }
  const { operation, phase = 'answered', occurrence = 1, of = whom.call } = after;
  return { kind: 'call', operation, phase, occurrence, of, ...later };
}

function completeAttackerAct(act: WrittenAttackerAction, home: From): AttackerAction {
  const everyMs = act.every === undefined ? null : lengthMs(act.every);
  const move = {
    person: act.person,
    cue: cueOf(act, allOf(act.person)),
    everyMs,
    times: act.times ?? (everyMs === null ? 1 : Number.POSITIVE_INFINITY),
    from: { ...home, ...act.from },
  };
  switch (act.do) {
    case 'signIn':
      return { ...move, do: act.do, ...(act.stopsAt === undefined ? {} : { stopsAt: act.stopsAt }) };
    case 'refresh':
    case 'readMail':
    case 'joinGroup':
      return { ...move, do: act.do };
    case 'addMethod':
      // The schema does not allow an action that adds a pass.
      return { ...move, do: act.do, method: (act.method as AddedMethod | undefined) ?? { kind: 'authenticator', name: 'Pixel 4' } };
    case 'removeMethod':
      return { ...move, do: act.do, method: act.method ?? PHONE };
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

const PHONE: NamedMethod = { kind: 'phone' };

function completeStaffAct(act: WrittenStaffAction, caseOf: string): StaffAction {
  const { person } = act;
  const about = act.about ?? caseOf;
  const deciding = {
    person,
    about,
    cue: cueOf(act, allOf(about)),
    account: act.account ?? 1,
    as: act.as ?? 'staff',
    letIn: act.letIn ?? false,
    times: act.times ?? 1,
  } as const;
  const form = { formOpenForMs: lengthMs(act.formOpenFor ?? '0') };
  const plan = { ...form, group: act.group ?? 'eradication', oldPrompt: act.oldPrompt ?? false } as const;
  const reason = act.reason ?? WHY[act.do] ?? '';
  switch (act.do) {
    case 'work':
      return {
        do: 'work',
        person,
        cue: cueOf(act, { ...allOf(person), screen: caseOf }),
        from: { ...AT_WORK, ...act.from },
        with: act.with ?? 'password',
      };
    case 'removeMethod':
      return { do: act.do, person, cue: cueOf(act, { ...allOf(person), screen: caseOf }), method: act.method ?? PHONE };
    case 'report':
      return {
        do: 'report',
        person,
        cue: cueOf(act, { ...allOf(person), screen: caseOf }),
        about: act.about === person ? null : (act.about ?? null),
        what: act.what ?? 'approved',
        when: act.when ?? 'last-15-minutes',
        words: act.words ?? {},
        repeat: { times: act.repeat?.times ?? 1, withinMs: act.repeat?.withinMs ?? 1000 },
      };
    case 'approve':
      return { ...deciding, ...plan, do: act.do, code: act.code ?? 'right' };
    case 'decline':
      return { ...deciding, ...plan, do: act.do, reason };
    case 'change':
      return { ...deciding, ...plan, do: act.do, tick: act.tick ?? [], untick: act.untick ?? [] };
    case 'confirmContainment':
    case 'acknowledge':
    case 'takeCall':
      return { ...deciding, do: act.do };
    case 'hold':
    case 'resume':
    case 'askRelease':
    case 'askUndo':
      return { ...deciding, ...form, do: act.do, reason };
    case 'joinGroup':
    case 'leaveGroup': {
      // The call that looks a person up for the group is about them; everything else is about the case.
      const member = act.member ?? '';
      return { do: act.do, person, member, cue: cueOf(act, { ...allOf(caseOf), call: member }) };
    }
    case 'blockManually':
    case 'enableManually':
    case 'revokeSessionsManually':
      return { do: act.do, person, about, cue: cueOf(act, allOf(about)) };
    case 'removeMethodManually':
      return { do: act.do, person, about, cue: cueOf(act, allOf(about)), method: act.method ?? PHONE };
  }
}

/** What people write when a form wants to know why. */
const WHY: Partial<Readonly<Record<WrittenStaffAction['do'], string>>> = {
  decline: 'Not before I have spoken with the owner.',
  hold: 'Something here looks wrong to me.',
  resume: 'It was looked into, and it is in order.',
  askRelease: 'The owner says it was their own sign-in.',
  askUndo: 'It was the wrong thing to do.',
};

function completeFault(fault: WrittenFault, about: string): FaultLine {
  if (fault.in !== 'process') return { ...fault, occurrence: fault.occurrence ?? 1 };
  if (fault.kind === 'kill-worker') return fault satisfies CutLine;
  return { in: 'process', kind: fault.kind, cue: cueOf(fault, allOf(fault.about ?? about)) };
}
