/** People who decide, in front of an app that shows what the product shows, over real Socket Mode. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ProcessControl } from '../../../drill/run/process-faults.ts';
import { type Company, runScenario, type ScenarioRun, startCompany } from '../../../drill/run/run-scenario.ts';
import { parseScenario } from '../../../drill/scenarios/scenario.ts';
import { type StandIn, standIn } from './stand-in.ts';

const NOBODY: ProcessControl = {
  killWorker: () => false,
  killEngine: () => Promise.resolve(),
  killDatabase: () => Promise.resolve(),
  applied: () => Promise.resolve(false),
  contained: () => Promise.resolve(false),
};

let folder: string;
let company: Company;
let app: StandIn;
let play: ScenarioRun | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unapprove-decide-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

type Act = Readonly<Record<string, unknown>>;

async function open(actions: readonly Act[], people: Readonly<Record<string, unknown>> = {}): Promise<void> {
  const scenario = parseScenario({
    name: 'decide',
    story: 'x',
    timeScale: 2000,
    latency: 'none',
    lag: 'none',
    people: { ana: { name: 'Ana Novak' }, bo: { name: 'Bo Berg' }, ...people },
    staff: { actions: actions.map((act) => ('member' in act ? act : { about: 'ana', ...act })) },
  });
  company = await startCompany(scenario, { run: 'test', folder, routingKeys: ['r'.repeat(32), 's'.repeat(32)] });
  app = await standIn(company);
}

const begin = (runner: ProcessControl = NOBODY): ScenarioRun => (play = runScenario(company, runner, { folder }));

afterEach(async () => {
  await play?.end();
  play = undefined;
  await app.stop();
  await company.stop();
});

const told = (): string[] =>
  (play?.actors.records() ?? []).map(({ who, person, did, result, saw }) => `${who} ${person} ${did}: ${result}, ${saw}`);
const untilTold = (count: number): Promise<void> => expect.poll(() => told().length).toBe(count);
const idle = (): Promise<void> => expect.poll(() => play?.timeline.idleSince() ?? null).not.toBeNull();
const sent = () => app.received.filter(({ view }) => view !== undefined);
const slackOf = (person: string, account = 1): string => company.cast.slackIdOf(person, account);

async function shown(): Promise<string> {
  await app.card(1001, 'Ana Novak');
  return app.prompt();
}

describe('approving', () => {
  it('waits for the prompt, types the code above the button, and reads the answer', async () => {
    await open([{ do: 'approve', person: 'kim' }]);
    begin();
    await app.card(1001, 'Ana Novak');
    await idle();
    expect(play?.timeline.waiting()).toBe(1);
    await app.prompt();
    await untilTold(1);
    expect(told()).toEqual(['staff kim approve eradication about ana: succeeded, Sent / You are told when it counts.']);
    expect(app.received).toMatchObject([
      { what: 'b1', by: slackOf('kim') },
      { what: 'Approve the plan', by: slackOf('kim'), value: '4821' },
    ]);
  });

  it('with a wrong code: another one each time, and in the same form as long as that is open', async () => {
    await open([{ do: 'approve', person: 'kim', code: 'wrong', times: 3 }]);
    app.answer = () => 'That is not the code of this plan.';
    await shown();
    begin();
    await untilTold(3);
    expect(told()[2]).toBe('staff kim approve eradication about ana: refused, That is not the code of this plan.');
    const codes = sent().map(({ value }) => value);
    expect(new Set(codes).size).toBe(3);
    expect(codes).not.toContain('4821');
    expect(codes.every((code) => /^[1-9]\d{3}$/.test(code))).toBe(true);
    expect(new Set(sent().map(({ view }) => view)).size).toBe(1);
  });

  it('twice: in a new form once the first was taken, and not at all when the button is gone', async () => {
    await open([{ do: 'approve', person: 'kim', times: 3 }]);
    const ts = await shown();
    app.answer = async () => {
      if (sent().length === 2) await app.redraw(ts, { state: 'approved' });
      return null;
    };
    begin();
    await untilTold(3);
    expect(new Set(sent().map(({ view }) => view)).size).toBe(2);
    expect(told()[2]).toMatch(/refused, there is no "Approve" at the prompt of the eradication plan of the case of ana any more/);
  });

  it('with the code of another plan, once there is one', async () => {
    await open([{ do: 'approve', person: 'kim', code: 'other-plan' }]);
    await shown();
    begin();
    await idle();
    await app.prompt({ group: 'release', code: '7777' });
    await untilTold(1);
    expect(sent()).toMatchObject([{ value: '7777' }]);
  });

  it('with the code that stood there first, once another stands there', async () => {
    await open([{ do: 'approve', person: 'kim', code: 'older' }]);
    const ts = await shown();
    begin();
    await idle();
    await app.redraw(ts, { code: '5555' });
    await untilTold(1);
    expect(sent()).toMatchObject([{ value: '4821' }]);
  });

  it('from an old prompt: opened before it changed, sent after', async () => {
    await open([{ do: 'approve', person: 'kim', oldPrompt: true }]);
    const ts = await shown();
    begin();
    await expect.poll(() => app.received.map(({ what }) => what)).toEqual(['b1']);
    await app.redraw(ts, {});
    await idle();
    expect(sent()).toEqual([]);
    await app.redraw(ts, { code: '5555' });
    await untilTold(1);
    expect(sent()).toMatchObject([{ value: '4821' }]);
  });

  it('keeps the form open as long as it is told to', async () => {
    await open([{ do: 'approve', person: 'kim', formOpenFor: '20m' }]);
    const ts = await shown();
    const begun = begin().timeline.now();
    await expect.poll(() => app.received.length).toBe(1);
    await app.redraw(ts, { state: 'expired' });
    expect(play?.timeline.idleSince()).toBeNull();
    await untilTold(1);
    expect((play?.actors.records()[0]?.scenarioMs ?? 0) - begun).toBeGreaterThan(1_100_000);
    expect(sent()).toMatchObject([{ value: '4821' }]);
  });

  it('goes to the case of whom it is about, and to the account the scenario names', async () => {
    await open([{ do: 'approve', person: 'kim', about: 'bo', account: 2, as: 'attacker', group: 'release' }], {
      kim: { slackAccounts: 2 },
    });
    await shown();
    await app.card(1002, 'Bo Berg');
    await app.prompt({ group: 'release', code: '1111' });
    await app.prompt({ number: 1002, group: 'release', code: '2222' });
    begin();
    await untilTold(1);
    expect(told()[0]).toMatch(/^attacker kim approve release about bo: succeeded/);
    expect(sent()).toMatchObject([{ by: slackOf('kim', 2), value: '2222' }]);
  });

  it('sees only channels it is in, unless it is let in', async () => {
    await open([
      { do: 'approve', person: 'bo' },
      { do: 'decline', person: 'ana', letIn: true },
    ]);
    await shown();
    begin();
    await untilTold(1);
    expect(told()[0]).toMatch(/^staff ana decline eradication about ana: succeeded/);
    await play?.end();
    expect(told()[1]).toBe(
      'staff bo approve eradication about ana: failed, the scenario ended before there was a "Approve" at the prompt of the eradication plan of the case of ana',
    );
  });

  it('reads what it is told instead of a form', async () => {
    await open([{ do: 'approve', person: 'kim' }]);
    app.opens = false;
    await shown();
    begin();
    await untilTold(1);
    expect(told()[0]).toMatch(/refused, This plan is not yours to decide\./);
  });

  it('tries once more when the form says so', async () => {
    await open([{ do: 'approve', person: 'kim' }]);
    app.answer = () => (sent().length < 2 ? 'Not saved. Please press "Approve" once more.' : null);
    await shown();
    begin();
    await untilTold(1);
    expect(told()[0]).toMatch(/succeeded/);
    expect(sent()).toHaveLength(2);
  });

  it('finds no code that does not stand directly above the buttons', async () => {
    await open([{ do: 'approve', person: 'kim' }]);
    await app.card(1001, 'Ana Novak');
    await app.prompt({ code: 'none' });
    begin();
    await untilTold(1);
    expect(told()[0]).toMatch(/failed, there is no plan code above the button/);
    expect(sent()).toEqual([]);
  });
});

describe('deciding otherwise', () => {
  it.each([
    ['decline', 'Decline the plan'],
    ['hold', 'Hold the case'],
    ['askRelease', 'False alarm'],
    ['askUndo', 'Undo'],
  ])('%s says why', async (act, title) => {
    await open([{ do: act, person: 'lee', reason: 'I spoke with her.' }]);
    await shown();
    begin();
    await untilTold(1);
    expect(told()[0]).toMatch(/: succeeded, Sent/);
    expect(sent()).toMatchObject([{ what: title, by: slackOf('lee'), value: 'I spoke with her.' }]);
  });

  it('resume is there once the case is held', async () => {
    await open([{ do: 'resume', person: 'lee', after: { card: 'ON HOLD' } }]);
    begin();
    await shown();
    await idle();
    await app.card(1001, 'Ana Novak', 'on hold');
    await untilTold(1);
    expect(sent()).toMatchObject([{ what: 'Hold the case' }]);
  });

  it('change ticks and unticks by what is written beside the boxes, and keeps the rest', async () => {
    await open([{ do: 'change', person: 'mia', tick: ['blue key'], untick: ['Pixel'] }]);
    await app.card(1001, 'Ana Novak');
    await app.prompt({ things: ['*Authenticator app “Pixel 4”', '*Phone +31 6', 'Security key “Blue key”', 'Private e-mail'] });
    begin();
    await untilTold(1);
    expect(sent()).toMatchObject([{ what: 'Change the plan', value: 't1+t2' }]);
  });

  it('change says which box it does not find', async () => {
    await open([{ do: 'change', person: 'mia', untick: ['Nokia'] }]);
    await app.card(1001, 'Ana Novak');
    await app.prompt({ things: ['*Authenticator app “Pixel 4”'] });
    begin();
    await untilTold(1);
    expect(told()[0]).toMatch(/failed, the form has no box "Nokia"; it has "Authenticator app “Pixel 4”"/);
  });

  it('confirmContainment, acknowledge and takeCall press a button, and notice whether they were asked first', async () => {
    await open([
      { do: 'confirmContainment', person: 'noor' },
      { do: 'acknowledge', person: 'noor', at: '20m' },
      { do: 'takeCall', person: 'noor', at: '30m' },
    ]);
    await shown();
    begin();
    await untilTold(3);
    expect(told()).toEqual([
      'staff noor confirmContainment about ana: succeeded, pressed it, and was asked first',
      'staff noor acknowledge about ana: succeeded, pressed it',
      'staff noor takeCall about ana: succeeded, pressed it',
    ]);
    expect(app.received.map(({ what, value }) => [what, value])).toEqual([
      ['c1', '1001'],
      ['c3', '1001'],
      ['c5', '1001'],
    ]);
  });

  it('what people are told alone goes into the journal, and what others are told does not', async () => {
    await open([]);
    begin();
    await app.tell(slackOf('kim'), 'Case 1001: your approval was not counted: it is your own account.');
    await app.tell(slackOf('ana'), 'Thank you for reporting this.');
    await untilTold(1);
    expect(told()).toEqual(['staff kim was told: refused, Case 1001: your approval was not counted: it is your own account.']);
  });
});

describe('an action after', () => {
  it('a prompt of a group, in a state, with so many codes', async () => {
    await open([
      { do: 'acknowledge', person: 'kim', after: { prompt: 'eradication' } },
      { do: 'acknowledge', person: 'lee', after: { prompt: 'eradication', revision: 2 } },
      { do: 'acknowledge', person: 'mia', after: { prompt: 'eradication', state: 'done' } },
      { do: 'acknowledge', person: 'noor', after: { prompt: 'eradication', of: 'bo' } },
    ]);
    begin();
    const pressed = (): string[] => app.received.map(({ by }) => by);
    await app.card(1001, 'Ana Novak');
    const ts = await app.prompt();
    await expect.poll(pressed).toEqual([slackOf('kim')]);
    await app.redraw(ts, { code: '5555' });
    await expect.poll(pressed).toEqual([slackOf('kim'), slackOf('lee')]);
    await app.redraw(ts, { state: 'done' });
    await expect.poll(pressed).toEqual([slackOf('kim'), slackOf('lee'), slackOf('mia')]);
    await app.card(1002, 'Bo Berg');
    await app.prompt({ number: 1002 });
    await expect.poll(pressed).toHaveLength(4);
  });

  it('the ledger calls the account contained', async () => {
    await open([{ do: 'acknowledge', person: 'kim', after: 'contained' }]);
    const asked: string[] = [];
    let contain: (was: boolean) => void = () => undefined;
    const contained = (objectId: string): Promise<boolean> => {
      asked.push(objectId);
      return new Promise((resolve) => {
        contain = resolve;
      });
    };
    begin({ ...NOBODY, contained });
    await shown();
    await idle();
    expect(app.received).toEqual([]);
    contain(true);
    await untilTold(1);
    expect(asked).toEqual([company.cast.objectIdOf('ana')]);
  });
});

describe('in the portal', () => {
  it('an administrator changes an account and the approver group, and is refused what is not theirs', async () => {
    await open([
      { do: 'blockManually', person: 'olga' },
      { do: 'revokeSessionsManually', person: 'olga', at: '10m' },
      { do: 'enableManually', person: 'olga', at: '20m' },
      { do: 'leaveGroup', person: 'olga', member: 'kim', at: '30m' },
      { do: 'joinGroup', person: 'olga', member: 'bo', at: '40m' },
      { do: 'blockManually', person: 'kim', at: '50m' },
    ]);
    begin();
    await untilTold(6);
    expect(told().map((line) => line.split(',')[0])).toEqual([
      'staff olga blockManually ana: succeeded',
      'staff olga revokeSessionsManually ana: succeeded',
      'staff olga enableManually ana: succeeded',
      'staff olga leaveGroup kim: succeeded',
      'staff olga joinGroup bo: succeeded',
      'staff kim blockManually ana: refused',
    ]);
  });
});
