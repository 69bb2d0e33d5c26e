// The practice company of one scenario: starts its tenant, workspace and pager
// in this process, and plays the scenario on them. How the product was started,
// and whether there is one at all, is none of its business.
import { join } from 'node:path';
import { runAttacker } from '../attacker/attacker.ts';
import { type Identities, identitiesOf } from '../identities.ts';
import { type KeyAndCertificate, makePracticeCa } from '../microsoft/certificates.ts';
import type { Fault as TenantFault } from '../microsoft/faults.ts';
import { startTenant, type Tenant } from '../microsoft/start.ts';
import { type Pager, startPager } from '../pager/start.ts';
import type { CutLine, FaultLine, OutageLine, Scenario, TenantFaultLine, WorkspaceFaultLine } from '../scenarios/types.ts';
import type { Fault as WorkspaceFault } from '../slack/faults.ts';
import { startWorkspace } from '../slack/start.ts';
import type { Workspace } from '../slack/types.ts';
import { openMfaResponder } from '../staff/mfa-responder.ts';
import { readNotes } from '../staff/notes.ts';
import { openScreen } from '../staff/screen.ts';
import { runStaff } from '../staff/staff.ts';
import { openTenantUserClient } from '../tenant-user-client.ts';
import { type ActorLog, openActorLog } from './actor-log.ts';
import { type ProcessControl, runOutages, runProcessFaults } from './process-faults.ts';
import { type CallPhase, openTimeline, type Timeline } from './timeline.ts';

export interface Company {
  readonly scenario: Scenario;
  readonly cast: Identities;
  readonly tenant: Tenant;
  readonly workspace: Workspace;
  readonly pager: Pager;
  /** What a process must trust, and what the two apps prove themselves with. */
  readonly caPem: string;
  readonly apps: { readonly reader: KeyAndCertificate; readonly actor: KeyAndCertificate };
  /** Of the pager: the first in line, and the next. */
  readonly routingKeys: readonly [string, string];
  stop(): Promise<void>;
}

export interface CompanyOptions {
  /** Makes ids of this run its own. */
  readonly run: string;
  /** Journals go here, one file a part. */
  readonly folder: string;
  /** The pager takes no other key. */
  /** Of the pager: the first in line, and the next. */
  readonly routingKeys: readonly [string, string];
}

export async function startCompany(scenario: Scenario, { run, folder, routingKeys }: CompanyOptions): Promise<Company> {
  const ca = await makePracticeCa();
  const [server, reader, actor] = await Promise.all([
    ca.issueServer(['localhost', '127.0.0.1']),
    ca.issueApp('reader'),
    ca.issueApp('actor'),
  ]);
  const cast = identitiesOf(scenario, run, { reader: reader.certPem, actor: actor.certPem });
  const started: { stop(): Promise<void> }[] = [];
  const stopAll = (): Promise<void> => Promise.all(started.map((part) => part.stop())).then(() => undefined);
  const kept = <Part extends { stop(): Promise<void> }>(part: Part): Part => {
    started.push(part);
    return part;
  };
  try {
    const tenant = kept(
      await startTenant({
        company: cast.company,
        seed: scenario.seed,
        timeScale: scenario.timeScale,
        latency: scenario.latency,
        lag: scenario.lag,
        certificate: server,
        journalFile: join(folder, 'tenant.jsonl'),
      }),
    );
    const { channels, people, team, appId, botUserId, botToken, appToken } = cast.slack;
    const workspace = kept(
      await startWorkspace({
        team,
        appId,
        botUserId,
        botToken,
        appToken,
        people,
        channels,
        seed: scenario.seed,
        transcriptFile: join(folder, 'workspace.jsonl'),
      }),
    );
    const pager = kept(await startPager({ recordFile: join(folder, 'pager.jsonl'), routingKeys }));
    let stopping: Promise<void> | undefined;
    return {
      scenario,
      cast,
      tenant,
      workspace,
      pager,
      caPem: ca.caPem,
      apps: { reader, actor },
      routingKeys,
      stop: () => (stopping ??= stopAll()),
    };
  } catch (problem) {
    // What listens keeps the process alive: nothing may stay behind when one part cannot start.
    await stopAll();
    throw problem;
  }
}

export interface ScenarioRun {
  readonly timeline: Timeline;
  readonly actors: ActorLog;
  /** Ends what would never end on its own. @returns what could not be played, in words */
  end(): Promise<readonly string[]>;
}

/** Begins the scenario: from now on its clock runs. */
export function runScenario(
  company: Company,
  runner: ProcessControl,
  options: { readonly folder: string; readonly onActor?: (actors: ActorLog) => void },
): ScenarioRun {
  const { scenario, cast, tenant, workspace } = company;
  const screen = openScreen({
    workspace,
    channels: [cast.slack.responderChannel, cast.slack.standbyChannel],
    people: Object.keys(scenario.people),
    known: (person) => ({
      name: scenario.people[person]?.name ?? person,
      accounts: cast.slackIdsOf(person),
      objectId: cast.objectIdOf(person),
    }),
  });
  const timeline = openTimeline(scenario.timeScale, (listener) => callsOf(company, listener), screen);
  const actors = openActorLog(() => timeline.now(), join(options.folder, 'actors.jsonl'));
  options.onActor?.(actors);
  armFaults(scenario.faults, company);
  tellContained(scenario, timeline, (person) => runner.contained(cast.objectIdOf(person)));
  const stopReading = readNotes({
    workspace,
    journal: actors,
    accounts: Object.keys(scenario.people).flatMap((person) => cast.slackIdsOf(person).map((slackId) => ({ person, slackId }))),
  });
  const hands = openTenantUserClient({
    scenario,
    tenant,
    caPem: company.caPem,
    answerPrompt: openMfaResponder(scenario.staff.prompts, actors),
    approverGroupId: cast.approverGroupId,
  });
  const known = new Set(scenario.attacker.knowsPasswordOf);
  const actions = Promise.all([
    runAttacker(scenario, {
      timeline,
      hands,
      journal: actors,
      passwordOf: (person) => (known.has(person) ? cast.passwordOf(person) : 'Winter2026!'),
    }),
    runStaff(scenario, {
      timeline,
      hands,
      workspace,
      screen,
      journal: actors,
      slackIdOf: (person, account) => cast.slackIdOf(person, account),
      passwordOf: (person) => cast.passwordOf(person),
    }),
  ]);
  const cuts = runProcessFaults(
    scenario.faults.filter((fault): fault is CutLine => fault.in === 'process' && fault.kind === 'kill-worker'),
    { runner, tenant, timeline, actorAppId: cast.apps.actor, objectIdOf: (person) => cast.objectIdOf(person), journal: actors },
  );
  const outages = runOutages(
    scenario.faults.filter((fault): fault is OutageLine => fault.in === 'process' && fault.kind !== 'kill-worker'),
    { runner, timeline, journal: actors },
  );
  const end = async (): Promise<readonly string[]> => {
    timeline.end();
    const [, missed] = await actions;
    stopReading();
    await hands.close();
    return [...missed, ...(await cuts), ...(await outages)];
  };
  let ending: Promise<readonly string[]> | undefined;
  return { timeline, actors, end: () => (ending ??= end()) };
}

/** Only the ledger calls an account contained; the runner tells those who wait for it. */
function tellContained({ attacker, staff, faults }: Scenario, timeline: Timeline, contained: (person: string) => Promise<boolean>): void {
  const cues = [...attacker.actions, ...staff.actions, ...faults].flatMap((each) => ('cue' in each ? [each.cue] : []));
  const people = new Set(cues.flatMap((cue) => (cue.kind === 'after' && cue.fact === 'contained' ? [cue.of] : [])));
  for (const person of people) void contained(person).then((was) => (was ? timeline.contained(person) : undefined));
}

function callsOf({ tenant, cast }: Company, listener: (call: CallPhase) => void): () => void {
  return tenant.journal.on((record, phase) => {
    listener({
      operation: record.operation,
      phase,
      concerns: (person) => record.person === person || record.path.includes(cast.objectIdOf(person)),
      appId: record.actor.appId,
      effects: record.effects,
    });
  });
}

function armFaults(faults: readonly FaultLine[], { tenant, workspace }: Company): void {
  for (const fault of faults) {
    if (fault.in === 'tenant') tenant.faults.add(tenantFault(fault));
    if (fault.in === 'workspace') workspace.faults.add(workspaceFault(fault));
  }
}

// The schema has checked which fields each kind needs; the parts keep unions of their own.
function tenantFault({ in: _where, app, ...fault }: TenantFaultLine): TenantFault {
  return { ...fault, ...(app === undefined ? {} : { actorKey: app }) } as TenantFault;
}

function workspaceFault({ in: _where, retryAfter, ...fault }: WorkspaceFaultLine): WorkspaceFault {
  return { ...fault, ...(retryAfter === undefined ? {} : { retryAfterSeconds: retryAfter }) } as WorkspaceFault;
}
