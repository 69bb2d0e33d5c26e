import { expect, it } from 'vitest';
import { runAttacker } from '../../../drill/attacker/attacker.ts';
import { openActorLog } from '../../../drill/run/actor-log.ts';
import { openTimeline } from '../../../drill/run/timeline.ts';
import { parseScenario } from '../../../drill/scenarios/scenario.ts';
import type { Seen, Session, TenantUser } from '../../../drill/tenant-user.ts';
import { gate } from '../../setup/gate.ts';

/** The tenant lets the attacker in at the n-th attempt, and refuses refreshes from a given one on. */
function hands(letsInAt: number, refusesRefreshFrom: number): { hands: TenantUser; used: string[] } {
  const used: string[] = [];
  let signIns = 0;
  let refreshes = 0;
  const fine: Seen = { kind: 'succeeded', saw: '', value: undefined };
  const act = (name: string) => (session: Session) => {
    used.push(`${name} ${session.person}`);
    return Promise.resolve(fine);
  };
  return {
    used,
    hands: {
      signIn({ person, password, holder }) {
        signIns += 1;
        used.push(`signIn ${person} ${password ?? 'with a key'}`);
        return Promise.resolve(
          signIns < letsInAt ? { kind: 'refused', saw: 'AADSTS500121' } : { kind: 'succeeded', saw: '', value: { person, holder } },
        );
      },
      refresh() {
        refreshes += 1;
        used.push('refresh');
        return Promise.resolve(refreshes >= refusesRefreshFrom ? { kind: 'refused', saw: 'AADSTS50173' } : fine);
      },
      readMail: act('readMail'),
      addMethod: act('addMethod'),
      removeMethod: act('removeMethod'),
      addInboxRule: act('addInboxRule'),
      registerDevice: act('registerDevice'),
      consent: act('consent'),
      changeApprovers({ member, by }) {
        used.push(`joins ${member}, by ${by ?? 'nobody known'}`);
        return Promise.resolve(fine);
      },
      byHand: () => Promise.resolve(fine),
      removeMethodManually: () => Promise.resolve(fine),
      close: () => Promise.resolve(),
    },
  };
}

const play = async (actions: readonly Record<string, unknown>[], tenant: ReturnType<typeof hands>) => {
  const scenario = parseScenario({ name: 'alone', story: 'x', people: { ana: {} }, attacker: { knowsPasswordOf: ['ana'], actions } });
  const timeline = openTimeline(10_000, () => () => undefined);
  const journal = openActorLog(() => timeline.now());
  await runAttacker(scenario, { timeline, hands: tenant.hands, journal, passwordOf: (person) => `of-${person}` });
  timeline.end();
  return journal.records().map(({ did, result, saw }) => `${did} ${result} ${saw}`.trim());
};

it('asks again and again until a prompt is approved, and writes down each answer', async () => {
  const told = await play([{ do: 'signIn', person: 'ana', every: '40s', times: 3 }], hands(3, 99));
  expect(told.filter((line) => !line.includes('began'))).toEqual([
    'signIn refused AADSTS500121',
    'signIn refused AADSTS500121',
    'signIn succeeded',
  ]);
});

it('can do nothing without a session, and says so instead of claiming it', async () => {
  const tenant = hands(99, 99);
  const told = await play(
    [
      { do: 'readMail', person: 'ana' },
      { do: 'addMethod', person: 'ana' },
    ],
    tenant,
  );
  expect(told).toEqual(['readMail refused no session to use', 'addMethod refused no session to use']);
  expect(tenant.used).toEqual([]);
});

it('keeps trying after the first refusal: only the truth knows when it is over', async () => {
  const told = await play(
    [
      { do: 'signIn', person: 'ana' },
      { do: 'refresh', person: 'ana', at: '5s', every: '5s', times: 4 },
    ],
    hands(1, 3),
  );
  expect(told.slice(2)).toEqual(['refresh succeeded', 'refresh succeeded', 'refresh refused AADSTS50173', 'refresh refused AADSTS50173']);
});

it('puts a person into the approver group, and no one is known to have done it', async () => {
  const tenant = hands(99, 99);
  expect(await play([{ do: 'joinGroup', person: 'ana' }], tenant)).toEqual(['joinGroup succeeded']);
  expect(tenant.used).toEqual(['joins ana, by nobody known']);
});

it('waits for a sign-in that is still under way before it uses the session, however slow the machine is', async () => {
  const tenant = hands(1, 99);
  const slow = gate();
  const signIn = tenant.hands.signIn.bind(tenant.hands);
  tenant.hands.signIn = async (asked) => {
    await slow.opened;
    return signIn(asked);
  };
  tenant.hands.changeApprovers = async () => {
    slow.open();
    return { kind: 'succeeded', saw: '', value: undefined };
  };
  const told = await play(
    [
      { do: 'signIn', person: 'ana', at: '0s' },
      { do: 'addMethod', person: 'ana', at: '1s' },
      { do: 'joinGroup', person: 'ana', at: '1m' },
    ],
    tenant,
  );
  expect(told.filter((line) => !line.startsWith('joinGroup'))).toEqual([
    'signIn began from 203.0.113.77 (Lagos)',
    'signIn succeeded',
    'addMethod succeeded',
  ]);
});
