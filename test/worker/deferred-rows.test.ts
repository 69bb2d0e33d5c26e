import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeSigner } from '../../inbox/envelope.ts';
import { makeKeys } from '../../inbox/keys.ts';
import { receiveReport } from '../../inbox/receive.ts';
import { type Inbox, openInbox } from '../../inbox/store.ts';
import { inboxWithDeferredRows } from '../../worker/deferred-rows.ts';
import { freshDatabase } from '../setup/database.ts';

let inbox: Inbox;
beforeAll(async () => {
  inbox = openInbox({ databaseUrl: await freshDatabase() });
});
afterAll(() => inbox.close());

it('puts a row back that it could not put back while the database was away, before it takes another', async () => {
  const keys = makeKeys();
  const tools = { inbox, signer: makeSigner(keys.signing), sealingKey: keys.sealing.publicKey };
  const words = { contacted: null, more: null, reach: null };
  const { key } = await receiveReport(tools, {
    team: 'T0PRACTICE',
    person: 'U0ANA',
    viewId: 'V0FORM',
    what: 'approved',
    when: 'today',
    about: null,
    words,
  });

  let away = true;
  const answering = async (): Promise<void> => {
    if (away) throw new Error('the database system is starting up');
  };
  const owing = inboxWithDeferredRows({
    ...inbox,
    deferRow: async (...row: Parameters<Inbox['deferRow']>) => answering().then(() => inbox.deferRow(...row)),
  });

  expect(await owing.takeWaiting(1)).toMatchObject([{ key, attempts: 1 }]);
  await owing.deferRow(key, 'the database was away', 0);
  await expect(owing.takeWaiting(1)).rejects.toThrow('starting up');
  away = false;
  expect(await owing.takeWaiting(1)).toMatchObject([{ key, attempts: 2 }]);
  // Paid once: it lies under its lease now.
  expect(await owing.takeWaiting(1)).toEqual([]);
});
