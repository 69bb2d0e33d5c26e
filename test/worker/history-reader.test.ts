import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { RunbookError } from '../../domain/errors.ts';
import type { ObjectId } from '../../domain/ids.ts';
import { makeKeys } from '../../inbox/keys.ts';
import { dataConverter, payloadCodec } from '../../worker/codec.ts';
import { decodedHistory, openHistoryReader } from '../../worker/history-reader.ts';
import { workflowBundle } from '../setup/workflow-bundle.ts';
import { believed, openWorkflowHarness, type Stage, shut, verified, type WorkflowHarness } from '../workflows/workflow-harness.ts';

/** Words that only a payload may carry. `note` is a result first, then a note in the arguments of what comes after, in the new run and in the child. */
const MARK = {
  argument: 'MARK-of-an-argument',
  result: 'MARK-of-a-result',
  failure: 'MARK-of-a-failure',
  note: 'MARK-of-a-note',
};
const WORKFLOWS = fileURLToPath(new URL('../../workflows/index.ts', import.meta.url));

let theatre: WorkflowHarness;
let stage: Stage;
let runs: readonly Run[];

interface Run {
  readonly workflowId: string;
  readonly runId: string;
  /** As the engine keeps it. */
  readonly raw: string;
  readonly clear: { readonly events: readonly unknown[] };
}

/** One case through everything that a payload can go through: Update-with-Start, failing and succeeding activities, continue-as-new, a child. */
beforeAll(async () => {
  theatre = await openWorkflowHarness();
  let tries = 0;
  stage = await theatre.stage({
    'people.verify': async (run) => believed(run, { administrators: [MARK.result as ObjectId] }),
    'block-sign-in.apply': async () => {
      tries += 1;
      if (tries === 1) throw new RunbookError('GRAPH_UNAVAILABLE', MARK.failure);
      return verified('block-sign-in', { changed: false });
    },
    collect: async () => {
      throw new RunbookError('GRAPH_FORBIDDEN', MARK.failure);
    },
    recheck: async () => ({ ...shut, blindSpots: [{ what: MARK.note as 'sign-in-log', why: 'licence' }], at: Date.now() }),
  });
  await stage.send(stage.act({ wordsSha256: MARK.argument }));
  await stage.end();
  runs = await everyRun();
});
afterAll(() => theatre.close());

async function everyRun(): Promise<Run[]> {
  const { client, workflowId } = stage;
  const { raw } = await client.workflow.getHandle(workflowId).describe();
  const caseId = raw.workflowExecutionInfo?.firstRunId ?? '';
  const found: Run[] = [];
  const histories = openHistoryReader(client, payloadCodec(theatre.payloadKeys), () => undefined);
  const take = async (id: string, runId: string): Promise<string | null> => {
    const { json, nextRunId } = await histories.read(id, runId);
    const kept = await client.workflow.getHandle(id, runId).fetchHistory();
    found.push({ workflowId: id, runId, raw: historyToJSON(kept), clear: json as Run['clear'] });
    return nextRunId;
  };
  for (let runId: string | null = caseId; runId !== null; ) runId = await take(workflowId, runId);
  const finishing = client.workflow.getHandle(`finish/${caseId}`);
  await finishing.result();
  await take(finishing.workflowId, (await finishing.describe()).runId);
  return found;
}

/** Everything in a history that could hold words: as it is, and what its payloads hold in base64. */
const said = (json: unknown): string => {
  const text = JSON.stringify(json);
  const inside = [...text.matchAll(/"data":"([^"]+)"/g)].map(([, data = '']) => Buffer.from(data, 'base64').toString('utf8'));
  return [text, ...inside].join('\n');
};

describe('what a stranger with the database of the engine sees', () => {
  it.each(Object.entries(MARK))('has no %s in it, in no run and not in the child', (_what, mark) => {
    for (const { raw } of runs) expect(said(JSON.parse(raw)).includes(mark)).toBe(false);
  });

  it('has them all in it once it was opened with our keys: the search could have found them', () => {
    const words = runs.map(({ clear }) => said(clear)).join('\n');
    for (const mark of Object.values(MARK)) expect(words).toContain(mark);
  });

  it('says of a failure its code and nothing of its words', () => {
    const raw = runs.map((run) => run.raw).join('\n');
    expect(raw).toContain('GRAPH_FORBIDDEN');
    expect(raw).toContain('Encoded failure');
  });
});

describe('the history that goes into the record', () => {
  it('is every run, with every payload in clear and every failure in words', () => {
    expect(runs).toHaveLength(3);
    for (const { clear } of runs) {
      expect(said(clear)).not.toContain('binary/unapprove');
      expect(JSON.stringify(clear)).not.toContain('Encoded failure');
    }
    expect(JSON.stringify(runs[0]?.clear)).toContain(`"message":"${MARK.failure}"`);
  });

  it('replays with the tools that everybody has, without our keys', async () => {
    const bundle = await bundleWorkflowCode({ workflowsPath: WORKFLOWS, logger: new DefaultLogger('WARN') });
    for (const { clear, workflowId } of runs) await Worker.runReplayHistory({ workflowBundle: bundle }, clear, workflowId);
  });

  it('replays as the engine keeps it, with our keys, also beside newer ones, and with no others', async () => {
    const replay = async ({ raw, workflowId }: Run, keys = theatre.payloadKeys): Promise<void> =>
      Worker.runReplayHistory(
        { workflowBundle: await workflowBundle(), dataConverter: dataConverter(payloadCodec(keys)) },
        JSON.parse(raw),
        workflowId,
      );
    for (const run of runs) await replay(run);
    const newer = new Map([...theatre.payloadKeys.byId, ...makeKeys().payload.byId]);
    for (const run of runs) await replay(run, { newest: [...newer.keys()].at(-1) ?? '', byId: newer });
    const [first] = runs;
    if (first === undefined) throw new Error('expected a run, found none');
    await expect(replay(first, makeKeys().payload)).rejects.toThrow();
    await expect(replay({ ...first, workflowId: 'case/another' })).rejects.toThrow();
  });

  it('keeps what it cannot open as it lies, and says how much that is', async () => {
    const { client, workflowId } = stage;
    const [first] = runs;
    const history = await client.workflow.getHandle(workflowId, first?.runId).fetchHistory();
    const mine = await decodedHistory(history, workflowId, payloadCodec(theatre.payloadKeys));
    expect(mine).toMatchObject({ unreadable: 0, found: 0 });
    expect(mine.opened).toBeGreaterThan(10);
    const another = await decodedHistory(history, 'case/another', payloadCodec(theatre.payloadKeys));
    expect(another).toMatchObject({ unreadable: mine.opened, opened: 0, json: JSON.parse(historyToJSON(history)) });
  });

  it('is written of a case to which a stranger spoke as of any other', async () => {
    const connection = await Connection.connect({ address: inject('temporalAddress') });
    const stranger = new Client({ connection, namespace: inject('temporalNamespace') });
    const spoken = await theatre.stage({ recheck: async () => ({ ...shut, enabled: true, at: Date.now() }) });
    await spoken.send(spoken.act({ what: 'denied-or-ignored' }));
    await expect.poll(() => spoken.noted()).toContain('order.made');
    await stranger.workflow.getHandle(spoken.workflowId).signal('whatever', 'a letter in clear');
    const { runId } = await stranger.workflow.getHandle(spoken.workflowId).describe();
    const histories = openHistoryReader(spoken.client, payloadCodec(theatre.payloadKeys), () => undefined);
    // What comes while the case is thinking is put into its history when it has thought.
    const read = async (): Promise<boolean> => said((await histories.read(spoken.workflowId, runId)).json).includes('a letter in clear');
    await expect.poll(read).toBe(true);
    await spoken.close();
    await connection.close();
  });
});

describe('who comes to the engine without our keys', () => {
  let connection: Connection;
  let stranger: Client;
  beforeAll(async () => {
    connection = await Connection.connect({ address: inject('temporalAddress') });
    stranger = new Client({ connection, namespace: inject('temporalNamespace') });
  });
  afterAll(() => connection.close());

  it('stops no running case with an update or a signal in clear, and is said to have tried', async () => {
    let letGo: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const running = await theatre.stage({
      recheck: async () => {
        await released;
        return { ...shut, at: Date.now() };
      },
    });
    await running.send(running.act());
    const handle = stranger.workflow.getHandle(running.workflowId);
    await expect(handle.executeUpdate('actions', { args: [[running.act()]] })).rejects.toThrow();
    await handle.signal('actions', 'a letter in clear');
    await running.send(running.act());
    letGo();
    expect(await running.end()).toMatchObject({ outcome: 'contained' });
    expect(running.calls.filter((call) => call.name === 'people.verify').length).toBeLessThanOrEqual(2);
    expect(running.refusals()).toContain('expected a payload that one of our workers encoded, found one in clear');
  });

  it('leaves no run behind under the name of an account with a start in clear', async () => {
    const started = await theatre.stage();
    const run = stranger.workflow.execute('approvedPrompt', {
      workflowId: started.workflowId,
      taskQueue: started.cases,
      args: [started.input],
    });
    await expect(run).rejects.toThrow();
    await started.send(started.act());
    expect(await started.end()).toMatchObject({ outcome: 'contained' });
  });

  it('carries a message of one case to no other', async () => {
    const { client, workflowId } = stage;
    const history = await client.workflow.getHandle(workflowId, runs[0]?.runId).fetchHistory();
    const accepted = history.events?.find((event) => event.workflowExecutionUpdateAcceptedEventAttributes);
    const payload = accepted?.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input?.args?.payloads?.[0];
    if (!payload) throw new Error('expected an accepted update, found none');

    const other = await theatre.stage({ recheck: async () => ({ ...shut, enabled: true, at: Date.now() }) });
    await other.send(other.act({ what: 'denied-or-ignored' }));
    const carried = new Client({
      connection,
      namespace: inject('temporalNamespace'),
      dataConverter: { payloadCodecs: [{ encode: async () => [payload], decode: async (payloads) => payloads }] },
    });
    const update = carried.workflow.getHandle(other.workflowId).executeUpdate('actions', { args: [defaultPayloadConverter] });
    await expect(update).rejects.toThrow();
    expect(other.refusals()).toEqual([`expected a payload of ${other.workflowId}, found one of another place`]);
    await other.close();
  });
});
