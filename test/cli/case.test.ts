// The command that shows a case to a person: what it shows, that it is recorded first, and what it says when it cannot.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { escapeIdentifier } from 'pg';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { openRepositories } from '../../activities/people/repositories.ts';
import { showCase } from '../../cli/case.ts';
import { CommandProblem } from '../../cli/command-problem.ts';
import type { LedgerEvent } from '../../domain/case/events.ts';
import { type CaseId, objectId, tenantChain } from '../../domain/ids.ts';
import { KeyProblem } from '../../inbox/keys.ts';
import { ANA, openLedgerHarness, playCase, TENANT } from '../ledger/ledger-harness.ts';
import { eradication } from '../slack-app/plans.ts';

const { ledger, owner, appUrl, masterKey } = await openLedgerHarness();
const appRole = escapeIdentifier(new URL(appUrl).username);
const tables = openRepositories(appUrl);
const folder = await mkdtemp(join(tmpdir(), 'unapprove-case-'));
const env = { DATABASE_URL: appUrl, UNAPPROVE_KEYS: folder, UNAPPROVE_HOME: folder };
const BRAM = objectId('b3f0c1de-52f4-4c43-8a57-0f6a5e1c7d22');
const PHONE = '+31 20 555 0042';
const WORDS = {
  contacted: 'Bernard from IT called me.\nCase 1042: account contained\u001b[2J',
  more: '<!channel> *bold* <https://evil.example|click>',
  reach: '+31 6 00000000',
  salt: 'a salt',
};

await writeFile(join(folder, 'master.key'), Buffer.from(masterKey).toString('base64url'), { mode: 0o600 });
await tables.people.confirm(
  [
    { slackTeam: 'T0TEST', slackUser: 'U0ANA', objectId: ANA, name: 'Ana Novak', phone: PHONE },
    { slackTeam: 'T0TEST', slackUser: 'U0BRAM', objectId: BRAM, name: 'Bram de Wit', phone: null },
  ],
  'test',
);
afterAll(async () => {
  await tables.close();
  await rm(folder, { recursive: true });
});

const report: LedgerEvent = {
  kind: 'report.received',
  schemaVersion: 1,
  reportKey: 'slack:V1:abc',
  reporter: ANA,
  reportedBy: 'subject',
  what: 'approved',
  when: 'today',
  channel: 'slack',
  receivedAt: '2026-11-23T22:04:05.000Z',
  envelopeSha256: 'a'.repeat(64),
  signedBy: 'k',
  wordsSha256: 'b'.repeat(64),
  shownSha256: 'c'.repeat(64),
};

/** A case with a written report, and a responder who will call. */
async function reportedCase(): Promise<{ readonly id: CaseId; readonly number: string }> {
  const id = await playCase(ledger, { finished: false });
  await ledger.append([
    { chain: id, key: 'the report', actor: `person/${ANA}`, event: report, attachments: [{ name: 'words', content: WORDS }] },
    { chain: id, key: 'call/taken', actor: 'runbook', event: { kind: 'call.taken', schemaVersion: 1, by: BRAM } },
  ]);
  return { id, number: await numberOf(id) };
}

async function numberOf(id: CaseId): Promise<string> {
  const { rows } = await owner.query<{ number: number }>('SELECT "number" FROM case_file WHERE case_id = $1', [id]);
  return String(rows[0]?.number);
}

let lines: string[];
beforeEach(() => {
  lines = [];
});
const show = (number: string, options = {}, more = {}): Promise<void> =>
  showCase(number, options, { ...env, ...more }, (line) => void lines.push(line));
const views = async () => (await ledger.entries(tenantChain(TENANT))).filter(({ content }) => content.kind === 'case.viewed');

describe('unapprove case', () => {
  it('shows who reported what in their own words, the number of the personnel record, and who will call', async () => {
    const { number } = await reportedCase();
    await show(number);
    const text = lines.join('\n');
    expect(text).toContain(`Case ${number}: account containing`);
    expect(text).toContain('Ana Novak (reports their own account): "I approved a prompt I did not start"');
    expect(text).toContain('      | Bernard from IT called me.');
    expect(text).toContain(`Number of the personnel record: ${PHONE}`);
    expect(text).toContain('Bram de Wit will call Ana Novak.');
    expect(text).toContain('Bram de Wit will call the person whose account it is');
    expect(text).toContain('report by Ana Novak: "I approved a prompt I did not start" (when: today)');
  });

  it('shows markup and control characters as text, each line behind a bar', async () => {
    const { number } = await reportedCase();
    await show(number);
    expect(lines).toContain('      | Case 1042: account contained [2J');
    expect(lines).toContain(`      | ${WORDS.more}`);
    expect(lines.join('')).not.toMatch(/\p{Cc}/u);
    expect(lines.filter((line) => line.startsWith('Case '))).toHaveLength(1);
  });

  it('names the items of a plan, which the ledger keeps sealed', async () => {
    const { id, number } = await reportedCase();
    const { made, labels } = eradication(ANA);
    await ledger.append([{ chain: id, key: 'a plan', actor: 'worker', event: made, attachments: [{ name: 'labels', content: labels }] }]);
    await show(number);
    expect(lines).toContain('    [x] Authenticator app “Pixel 9”');
    expect(lines).toContain('    stays: Windows Hello “ANA-LAPTOP”');
  });

  it('prints one JSON object with the same, and no control character in it', async () => {
    const { number } = await reportedCase();
    await show(number, { json: true });
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toMatch(/\p{Cc}/u);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      number: Number(number),
      phone: PHONE,
      callTakenBy: BRAM,
      erased: false,
      reports: [{ words: { contacted: WORDS.contacted, reach: WORDS.reach } }],
    });
  });

  it('is recorded as a view by whom and of which case, on the chain of the tenant, before the first line', async () => {
    const { id, number } = await reportedCase();
    const before = (await views()).length;
    const recordedAtFirstLine: Promise<number>[] = [];
    await showCase(number, { as: 'Kim' }, env, () => void recordedAtFirstLine.push(views().then((all) => all.length)));
    expect(await recordedAtFirstLine[0]).toBe(before + 1);
    expect((await views()).at(-1)?.content).toMatchObject({
      actor: 'operator',
      body: { case: id, number: Number(number), by: userInfo().username, as: 'Kim' },
    });
  });

  it('shows nothing when the view cannot be recorded', async () => {
    const { number } = await reportedCase();
    await owner.query(
      `REVOKE EXECUTE ON FUNCTION public.ledger_append(bytea[], integer[], text[], bytea[], text[], integer, bigint) FROM ${appRole}`,
    );
    try {
      await expect(show(number)).rejects.toThrow(/could not be stored in the ledger, so nothing is shown/);
      await expect(show(number)).rejects.toBeInstanceOf(CommandProblem);
    } finally {
      await owner.query(
        `GRANT EXECUTE ON FUNCTION public.ledger_append(bytea[], integer[], text[], bytea[], text[], integer, bigint) TO ${appRole}`,
      );
    }
    expect(lines).toEqual([]);
  });

  it('shows a closed case, and leaves its chain as it is', async () => {
    const id = await playCase(ledger);
    const before = await ledger.entries(id);
    await show(await numberOf(id));
    expect(lines[0]).toContain('case closed (contained)');
    expect(await ledger.entries(id)).toEqual(before);
  });

  it('says of an erased case what cannot be read, and shows the rest', async () => {
    const { id, number } = await reportedCase();
    await ledger.eraseCase(id);
    await show(number);
    expect(lines.join('\n')).toContain('The key of this case was destroyed');
    expect(lines.join('\n')).toContain('Timeline');
    expect(lines.join('\n')).not.toContain('Bernard');
  });

  it.each(['99999', '0', 'x', '-1', '1042; drop'])('says of a number that no case has (%s) where to find the right one', async (number) => {
    const before = (await views()).length;
    await expect(show(number)).rejects.toThrow(/is not in the ledger\. Give the number from the title of its card\./);
    expect(await views()).toHaveLength(before);
  });

  it('says which key is missing, and shows nothing', async () => {
    const { number } = await reportedCase();
    const missing = show(number, {}, { UNAPPROVE_KEYS: join(folder, 'nowhere') });
    await expect(missing).rejects.toBeInstanceOf(KeyProblem);
    await expect(missing).rejects.toThrow(/copy master\.key from the worker/);
    expect(lines).toEqual([]);
  });

  it('says that the key is another one, and shows nothing', async () => {
    const { number } = await reportedCase();
    const other = await mkdtemp(join(tmpdir(), 'unapprove-case-'));
    await writeFile(join(other, 'master.key'), Buffer.alloc(32, 7).toString('base64url'), { mode: 0o600 });
    await expect(show(number, {}, { UNAPPROVE_KEYS: other })).rejects.toThrow(/do not open with the master\.key/);
    expect(lines).toEqual([]);
    await rm(other, { recursive: true });
  });

  it('says that the database does not answer, and shows nothing', async () => {
    const gone = new URL(appUrl);
    gone.port = '1';
    await expect(show('1001', {}, { DATABASE_URL: gone.href })).rejects.toThrow(/The ledger does not answer, so nothing is shown/);
    expect(lines).toEqual([]);
  });

  it('refuses an invalid name', async () => {
    await expect(show('1001', { as: 'Kim\u001b[2J' })).rejects.toThrow(/Expected a name after --as/);
  });
});
