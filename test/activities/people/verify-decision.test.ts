// One decision of a person, from its signature to its place in the record: who
// they are, what the directory says of them now, and nothing decided yet.
import { createHash } from 'node:crypto';
import { Pool } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { DirectoryReader } from '../../../activities/microsoft/directory-reader.ts';
import type { VerifiedDecision } from '../../../activities/people/verify-decision.ts';
import { recordDecision } from '../../../activities/record-decision.ts';
import type { DecisionEnvelope, SignedEnvelope } from '../../../domain/action.ts';
import { type ApproverFacts, ineligibleBecause } from '../../../domain/approval.ts';
import { RunbookError } from '../../../domain/errors.ts';
import { type CaseId, tenantChain, tenantId } from '../../../domain/ids.ts';
import { employee } from '../../../drill/microsoft/fixture.ts';
import { type ActivityHarness, openActivityHarness } from '../activity-harness.ts';

const PLAN = 'a'.repeat(64);
let harness: ActivityHarness;
let about: CaseId;
let elsewhere: CaseId;
let owner: Pool;

beforeAll(async () => {
  harness = await openActivityHarness(
    [
      employee('root', { roles: ['Global Administrator'] }),
      ...['ada', 'bea', 'cai', 'sam', 'ana', 'ben', 'eve', 'new', 'off', 'own'].map((key) => employee(key)),
      employee('gil', { userType: 'Guest' }),
    ],
    { approvers: ['ada', 'bea', 'cai', 'sam', 'off', 'own', 'gil'] },
  );
  owner = new Pool({ connectionString: harness.databaseUrl });
  owner.on('error', () => undefined);
  about = await harness.report('ana', {}, { by: 'eve' });
  elsewhere = await harness.report('ben');
});
afterAll(() => owner.end());
afterEach(() => {
  harness.tenant.faults.clear();
  harness.alarms.length = 0;
});

const sign = (by: string, part: Partial<DecisionEnvelope> = {}): SignedEnvelope =>
  harness.sign(by, { act: 'hold', values: { case: about, wordsSha256: null }, ...part } as Partial<DecisionEnvelope>);
const weigh = (
  actions: readonly SignedEnvelope[],
  ...more: [Parameters<ActivityHarness['weigh']>[3]?, Parameters<ActivityHarness['weigh']>[4]?]
) => harness.weigh(about, 'ana', actions, ...more);

async function only(signed: SignedEnvelope): Promise<VerifiedDecision> {
  const { decisions } = await weigh([signed]);
  expect(decisions).toHaveLength(1);
  return decisions[0] as VerifiedDecision;
}

const received = async (key: string) => (await harness.ledger.entries(about)).filter(({ content }) => content.key === `act/${key}`);
const refusals = async () =>
  (await harness.ledger.entries(tenantChain(tenantId(harness.tenant.company.tenantId))))
    .filter(({ content }) => content.kind === 'envelope.refused')
    .map(({ content }) => content.body['code']);

describe('a decision', () => {
  it('of go on says when the form was opened that showed the hold', async () => {
    const shownAt = '2026-11-24T14:04:00.000Z';
    const signed = sign('ada', { act: 'resume', values: { case: about, wordsSha256: null, shownAt } });
    expect(await only(signed)).toMatchObject({ act: 'resume', shownAt: Date.parse(shownAt) });
  });

  it('is written down whole, the signed act included, with what the directory said of its person', async () => {
    const signed = sign('ada', {
      act: 'approve',
      values: { case: about, wordsSha256: null, plan: PLAN, code: '4711' },
    });
    const { key } = signed.envelope;
    const approver: ApproverFacts = {
      person: harness.id('ada'),
      inGroup: true,
      inBaseline: true,
      guest: false,
      enabled: true,
      ownCaseConfirmed: false,
    };
    const at = Date.parse(signed.envelope.at);
    const said = { key, at, shownAt: null, act: 'approve', plan: PLAN, code: '4711', ticked: null };
    const weighed = await only(signed);
    const [entry] = await received(key);
    expect(weighed).toEqual({ ...said, person: harness.id('ada'), approver, storedAt: entry?.storedAt });
    expect(entry?.content).toMatchObject({
      kind: 'decision.received',
      at: signed.envelope.at,
      actor: `person/${harness.id('ada')}`,
      body: { act: 'approve', person: harness.id('ada'), approver, plan: PLAN, signed },
      attachments: [],
    });
    // Whoever reads the record later can check it without us.
    expect(harness.tools.inbox.verify(entry?.content.body['signed'])).toMatchObject({ kind: 'valid' });
    expect(harness.alarms).toEqual([]);
  });

  it('says what is ticked, a code or neither, as its act has it', async () => {
    const plan = { case: about, wordsSha256: null, plan: PLAN };
    const ticked = ['account:x', 'method:y'];
    expect(await only(sign('ada', { act: 'revise', values: { ...plan, ticked } }))).toMatchObject({
      act: 'revise',
      plan: PLAN,
      code: null,
      ticked,
    });
    expect(await only(sign('ada', { act: 'decline', values: plan }))).toMatchObject({
      act: 'decline',
      plan: PLAN,
      code: null,
      ticked: null,
    });
    expect(await only(sign('ada'))).toMatchObject({ act: 'hold', plan: null, code: null, ticked: null });
  });

  it.each<[string, string, Partial<ApproverFacts>]>([
    ['an approver', 'ada', {}],
    ['somebody who is no approver', 'eve', { inGroup: false, inBaseline: false }],
    ['somebody who joined since', 'new', { inGroup: true, inBaseline: false }],
    ['a guest', 'gil', { inGroup: true, inBaseline: false, guest: true }],
    ['somebody whose account is disabled', 'off', { enabled: false }],
    ['somebody whose own closing was confirmed', 'own', { ownCaseConfirmed: true }],
    ['the person it is about', 'ana', { inGroup: false, inBaseline: false }],
  ])('knows its person by the confirmed table, and what is true of them now: %s', async (_, by, part) => {
    if (by === 'new') await harness.hands.joinGroup({ group: harness.group, person: 'new' });
    if (by === 'off') await harness.hands.disableByHand({ person: 'off', by: 'root' });
    if (by === 'own') {
      const own = await harness.report('own', {}, { by: 'eve' });
      const event = { kind: 'containment.confirmed', schemaVersion: 1, by: harness.id('ada') } as const;
      await recordDecision(harness.tools, {
        caseId: own,
        notes: [{ key: 'containment/confirmed', at: new Date().toISOString(), event }],
        decline: null,
      });
    }
    const usual: ApproverFacts = {
      person: harness.id(by),
      inGroup: true,
      inBaseline: true,
      guest: false,
      enabled: true,
      ownCaseConfirmed: false,
    };
    expect((await only(sign(by))).approver).toEqual({ ...usual, ...part });
  });

  it('of somebody who left the group is that of somebody who left', async () => {
    expect((await only(sign('sam'))).approver.inGroup).toBe(true);
    await harness.hands.leaveGroup({ group: harness.group, person: 'sam' });
    expect((await only(sign('sam'))).approver.inGroup).toBe(false);
  });

  it('delivered twice is one entry, the first', async () => {
    const signed = sign('bea');
    const first = await only(signed);
    const [entry] = await received(signed.envelope.key);
    expect(await only(signed)).toEqual(first);
    expect(await received(signed.envelope.key)).toEqual([entry]);
  });

  it('keeps its place among others, and a bad one among them stops none', async () => {
    const [one, other] = [sign('ada'), sign('bea')];
    const forged = { ...sign('cai'), signature: one.signature };
    const weighed = await weigh([one, forged, other]);
    expect(weighed.decisions.map(({ key }) => key)).toEqual([one.envelope.key, other.envelope.key]);
    expect(weighed.refused).toBe(1);
  });
});

describe('a decision is refused', () => {
  async function expectRefused(
    signed: SignedEnvelope,
    code: string,
    alarmed: boolean,
    part: Parameters<ActivityHarness['weigh']>[3] = {},
  ): Promise<void> {
    const [entries, before] = [await harness.entries(about), harness.tenant.journal.records().length];
    const known = (await refusals()).length;
    expect(await weigh([signed], part)).toMatchObject({ decisions: [], reports: [], refused: 1, opened: null });
    expect((await refusals()).slice(known)).toEqual([code]);
    expect(harness.alarms).toHaveLength(alarmed ? 1 : 0);
    expect(await harness.entries(about)).toEqual(entries);
    expect(harness.tenant.journal.records()).toHaveLength(before);
    // And again: one entry, and nobody is called a second time.
    await weigh([signed], part);
    expect((await refusals()).slice(known)).toEqual([code]);
    expect(harness.alarms).toHaveLength(alarmed ? 1 : 0);
  }

  it('when it is about another case', async () => {
    await expectRefused(sign('ada', { values: { case: elsewhere, wordsSha256: null } }), 'wrong-case', true);
  });

  it('when nobody confirmed who sent it, and that calls nobody: it is no attack', async () => {
    await expectRefused(sign('ada', { person: 'UNOBODY' }), 'person-unknown', false);
  });

  it('when it comes from another workspace', async () => {
    await expectRefused(sign('ada', { team: 'T0OTHER' }), 'person-unknown', false);
  });

  it.each<[string, (signed: SignedEnvelope) => unknown]>([
    ['altered', (signed) => ({ ...signed, envelope: { ...signed.envelope, person: harness.slack('bea') } })],
    ['unknown-key', (signed) => ({ ...signed, keyId: 'somebody-elses' })],
    ['unsigned', (signed) => ({ ...signed, signature: '' })],
    ['unreadable', (signed) => ({ ...signed, envelope: { ...signed.envelope, act: 'open-it' } })],
  ])('when it is %s', async (code, change) => {
    await expectRefused(change(sign('ada')) as SignedEnvelope, code, true);
  });

  it('when there is no case for it yet: only a report opens one', async () => {
    await expectRefused(sign('ada'), 'wrong-case', true, { opening: true });
  });
});

describe('what was sealed with a decision', () => {
  const SAID = { reason: 'Called her, she is on the train.', shown: null };
  const wordsSha256 = createHash('sha256').update('the seal').digest('hex');
  const withWords = (): SignedEnvelope => sign('ada', { values: { case: about, wordsSha256 } });

  function inbox(words: unknown) {
    const asked: string[][] = [];
    const emptied: string[] = [];
    return {
      asked,
      emptied,
      inbox: {
        ...harness.tools.inbox,
        words: async (key: string, sha256: string) => {
          asked.push([key, sha256]);
          return words;
        },
        empty: async (key: string) => void emptied.push(key),
      },
    };
  }

  it('is kept sealed beside it, stands in no body, and leaves the inbox', async () => {
    const signed = withWords();
    const { key } = signed.envelope;
    const box = inbox(SAID);
    await weigh([signed], {}, { inbox: box.inbox });
    expect(box.asked).toEqual([[key, wordsSha256]]);
    expect(box.emptied).toEqual([key]);
    const [entry] = await received(key);
    expect((await harness.ledger.attachment(about, entry?.seq ?? 0, 'words')).content).toEqual(SAID);
    const { rows } = await owner.query("SELECT string_agg(convert_from(content, 'UTF8'), ' ') AS text FROM ledger_entry");
    expect(rows[0].text).not.toContain('train');
  });

  it('that is gone, or is not what was signed, leaves a decision without words', async () => {
    const signed = withWords();
    await weigh([signed], {}, { inbox: inbox(null).inbox });
    const [entry] = await received(signed.envelope.key);
    expect(entry?.content.attachments).toEqual([]);
  });

  it('stays in the inbox until the record has it', async () => {
    const signed = withWords();
    const box = inbox(SAID);
    const append = async (): Promise<never> => {
      throw new RunbookError('LEDGER_UNAVAILABLE', 'no');
    };
    const ledger = { ...harness.tools.ledger, append };
    await expect(weigh([signed], {}, { inbox: box.inbox, ledger })).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
    expect(box.emptied).toEqual([]);
    await weigh([signed], {}, { inbox: box.inbox });
    expect(box.emptied).toEqual([signed.envelope.key]);
  });

  it('is not looked for where nothing was sealed', async () => {
    const box = inbox(SAID);
    await weigh([sign('ada')], {}, { inbox: box.inbox });
    expect([...box.asked, ...box.emptied]).toEqual([]);
  });
});

describe('a directory that says nothing of a person', () => {
  const nobodyKnows = (person: string): ApproverFacts => ({
    person: harness.id(person),
    inGroup: null,
    inBaseline: false,
    guest: false,
    enabled: true,
    ownCaseConfirmed: false,
  });
  const silent = (status: number, operation = 'user.get'): void =>
    void harness.tenant.faults.add({ operation, actorKey: 'reader', person: 'bea', occurrence: { from: 1 }, kind: 'status', status });

  it.each(['user.get', 'groups.transitiveMemberOf'])('is asked again (%s), and at the last nobody has authority', async (operation) => {
    const signed = sign('bea');
    silent(503, operation);
    await expect(weigh([signed], { lastTry: false })).rejects.toMatchObject({ code: 'GRAPH_UNAVAILABLE' });
    expect(await received(signed.envelope.key)).toEqual([]);
    const { decisions } = await weigh([signed], { lastTry: true });
    expect(decisions[0]?.approver).toEqual(nobodyKnows('bea'));
    expect(ineligibleBecause(nobodyKnows('bea'), { subject: harness.id('ana') })).toBe('directory-silent');
    expect((await received(signed.envelope.key))[0]?.content.body['approver']).toEqual(nobodyKnows('bea'));
  });

  it('is asked again and answers: then nothing was lost', async () => {
    const signed = sign('bea');
    silent(503);
    await expect(weigh([signed], { lastTry: false })).rejects.toThrow();
    harness.tenant.faults.clear();
    expect((await only(signed)).approver).toMatchObject({ inGroup: true, inBaseline: true });
  });

  it('for want of a right is not asked again: it will not appear by itself', async () => {
    silent(403);
    expect((await weigh([sign('bea')], { lastTry: false })).decisions[0]?.approver).toEqual(nobodyKnows('bea'));
  });

  it('does not know them at all: then they are nobody', async () => {
    silent(404);
    expect((await only(sign('bea'))).approver).toMatchObject({ inGroup: false, enabled: false });
  });

  it('is no excuse for a fault of ours', async () => {
    const broken: Partial<DirectoryReader> = {
      personNow: async () => {
        throw new TypeError('a fault of ours');
      },
    };
    const reader = { ...harness.tools.reader, ...broken };
    await expect(weigh([sign('bea')], { lastTry: true }, { reader })).rejects.toThrow('a fault of ours');
  });
});

describe('a baseline that somebody changed', () => {
  it('is none, and nobody decides by it', async () => {
    const signed = sign('ada');
    const { rows } = await owner.query('SELECT id, content FROM baseline');
    const changed = { ...rows[0].content, approvers: [...rows[0].content.approvers, harness.id('eve')] };
    await owner.query('UPDATE baseline SET content = $1 WHERE id = $2', [changed, rows[0].id]);
    await expect(weigh([signed], { lastTry: false })).rejects.toMatchObject({ code: 'BASELINE_MISSING' });
    expect((await weigh([signed], { lastTry: true })).decisions[0]?.approver.inGroup).toBeNull();
    await owner.query('UPDATE baseline SET content = $1 WHERE id = $2', [rows[0].content, rows[0].id]);
    expect((await only(sign('ada'))).approver).toMatchObject({ inGroup: true, inBaseline: true });
  });
});
