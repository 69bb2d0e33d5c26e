import { createHash, createSecretKey } from 'node:crypto';
import { ApplicationFailure, defaultPayloadConverter, type Payload, type SerializationContext } from '@temporalio/common';
import { assert, asyncProperty, jsonValue, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RunbookError } from '../../domain/errors.ts';
import { makeKeys, type PayloadKeys } from '../../inbox/keys.ts';
import { caseCodec, openOne, payloadCodec, type Refusal } from '../../worker/codec.ts';
import { failingAsOurs } from '../../worker/failures.ts';

const keys = makeKeys().payload;
const codec = payloadCodec(keys);
const MARK = 'a call from Bernard of IT';

const ofCase = (workflowId: string): SerializationContext => ({ type: 'workflow', namespace: 'default', workflowId });
const ofActivity = (workflowId?: string): SerializationContext => ({
  type: 'activity',
  namespace: 'default',
  activityId: '7',
  isLocal: false,
  ...(workflowId === undefined ? {} : { workflowId }),
});
const ANA = ofCase('case/contoso/ana');
const BO = ofCase('case/contoso/bo');

const payloadOf = (value: unknown): Payload => defaultPayloadConverter.toPayload(value);
const valueOf = (payload: Payload): unknown => defaultPayloadConverter.fromPayload(payload);

async function sealed(value: unknown, context?: SerializationContext, by = codec): Promise<Payload> {
  const [payload] = await by.encode([payloadOf(value)], context);
  if (payload === undefined) throw new Error('expected one payload, got none');
  return payload;
}

const everyByte = ({ metadata, data }: Payload): Buffer => Buffer.concat([...Object.values(metadata ?? {}), data ?? new Uint8Array()]);

/** Keys with these ids, newest last; the same id is the same key. */
function withIds(...ids: readonly string[]): PayloadKeys {
  return { newest: ids.at(-1) ?? '', byId: new Map(ids.map((id) => [id, createSecretKey(createHash('sha256').update(id).digest())])) };
}

async function problemOf(opening: Promise<unknown>): Promise<string> {
  const problem = await opening.then(
    () => null,
    (error: unknown) => error,
  );
  if (!(problem instanceof RunbookError)) throw new Error(`expected a RunbookError, got ${String(problem)}`);
  expect(problem.code).toBe('PAYLOAD_UNREADABLE');
  return problem.message;
}

describe('a payload', () => {
  it('opens for its own workflow, whatever was put in, and whatever that workflow is called', async () => {
    await assert(
      asyncProperty(jsonValue(), string({ minLength: 1 }), async (value, workflowId) => {
        const opened = await openOne(codec, await sealed(value, ofCase(workflowId)), ofCase(workflowId));
        expect(valueOf(opened)).toEqual(valueOf(payloadOf(value)));
      }),
      { numRuns: 100 },
    );
  });

  it('shows nothing of what is in it, and is other bytes each time', async () => {
    const [one, two] = [await sealed(MARK, ANA), await sealed(MARK, ANA)];
    expect(everyByte(one).includes(MARK)).toBe(false);
    expect(Buffer.from(one.data ?? []).equals(two.data ?? new Uint8Array())).toBe(false);
    // The guard removed: what the search looks at would show it.
    expect(everyByte(payloadOf(MARK)).includes(MARK)).toBe(true);
  });

  it('is the same for a workflow and for the activities that it orders', async () => {
    const argument = await sealed(MARK, ofActivity('case/contoso/ana'));
    expect(valueOf(await openOne(codec, argument, ANA))).toBe(MARK);
  });

  it('does not open at another workflow, nor where no workflow is known, even when its label is rewritten', async () => {
    const payload = await sealed(MARK, ANA);
    expect(await problemOf(openOne(codec, payload, BO))).toBe('expected a payload of case/contoso/bo, found one of another place');
    expect(await problemOf(openOne(codec, payload))).toBe('expected a payload without a workflow, found one of a workflow');
    const relabelled = { ...payload, metadata: { ...payload.metadata, workflow: Buffer.from('case/contoso/bo') } };
    expect(await problemOf(openOne(codec, relabelled, BO))).toBe('expected a payload as it was written, found one that was changed');
    const { workflow: _, ...unbound } = payload.metadata ?? {};
    expect(await problemOf(openOne(codec, { ...payload, metadata: unbound }))).toContain('found one that was changed');
  });

  it('made where no workflow is known opens only there', async () => {
    const payload = await sealed(MARK);
    expect(valueOf(await openOne(codec, payload))).toBe(MARK);
    expect(valueOf(await openOne(codec, payload, ofActivity()))).toBe(MARK);
    expect(await problemOf(openOne(codec, payload, ANA))).toContain('found one of another place');
    const labelled = { ...payload, metadata: { ...payload.metadata, workflow: Buffer.from('case/contoso/ana') } };
    expect(await problemOf(openOne(codec, labelled, ANA))).toContain('found one that was changed');
  });

  it('does not open when any byte of it was changed, cut off or added', async () => {
    const payload = await sealed('short', ANA);
    const whole = Buffer.from(payload.data ?? []);
    for (let at = 0; at < whole.length; at += 1) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(await problemOf(openOne(codec, { ...payload, data: changed }, ANA))).toContain('found one that was changed');
    }
    expect(await problemOf(openOne(codec, { ...payload, data: whole.subarray(0, -1) }, ANA))).toContain('found one that was changed');
    expect(await problemOf(openOne(codec, { ...payload, data: Buffer.concat([whole, Buffer.of(0)]) }, ANA))).toContain('changed');
    expect(await problemOf(openOne(codec, { ...payload, data: whole.subarray(0, 27) }, ANA))).toContain('found a part of one');
    expect(await problemOf(openOne(codec, { metadata: payload.metadata ?? {} }, ANA))).toContain('found a part of one');
  });

  it('in clear is refused, and what a stranger wrote is never repeated', async () => {
    const problem = await problemOf(openOne(codec, payloadOf(MARK), ANA));
    expect(problem).toBe('expected a payload that one of our workers encoded, found one in clear');
    await problemOf(openOne(codec, { metadata: { encoding: Buffer.from(MARK) } }, ANA));
    await problemOf(openOne(codec, {}, ANA));
    const forged = {
      metadata: { encoding: Buffer.from('binary/unapprove'), key: Buffer.from(MARK), workflow: Buffer.from('case/contoso/ana') },
    };
    expect(await problemOf(openOne(codec, forged, ANA))).not.toContain(MARK);
  });
});

describe('a new key', () => {
  const older = withIds('20260101T000000Z');
  const both = withIds('20260101T000000Z', '20270101T000000Z');

  it('closes what is written from now on, while the older one still opens what was written before', async () => {
    const before = await sealed(MARK, ANA, payloadCodec(older));
    const after = await sealed(MARK, ANA, payloadCodec(both));
    expect(valueOf(await openOne(payloadCodec(both), before, ANA))).toBe(MARK);
    expect(valueOf(await openOne(payloadCodec(both), after, ANA))).toBe(MARK);
    expect(Buffer.from(after.metadata?.['key'] ?? []).toString()).toBe('20270101T000000Z');
  });

  it('that has not come here yet is missed in words', async () => {
    const after = await sealed(MARK, ANA, payloadCodec(both));
    expect(await problemOf(openOne(payloadCodec(older), after, ANA))).toBe(
      'expected a payload under one of the keys 20260101T000000Z, found one under a key that is not here',
    );
  });
});

describe('the codec of the activities', () => {
  it('fails as our errors fail, so that the case can say why', async () => {
    const failure = await failingAsOurs(codec)
      .decode([payloadOf(MARK)], ofActivity('case/contoso/ana'))
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect(failure).toMatchObject({ type: 'PAYLOAD_UNREADABLE' });
  });
});

describe('the codec of the cases', () => {
  const refusals: Refusal[] = [];
  const forCases = caseCodec(codec, (refusal) => refusals.push(refusal));

  it('opens and closes as the other one does', async () => {
    expect(valueOf(await openOne(forCases, await sealed(MARK, ANA, forCases), ANA))).toBe(MARK);
    expect(refusals).toEqual([]);
  });

  it('makes nothing of a letter in clear, and says so', async () => {
    refusals.length = 0;
    expect(valueOf(await openOne(forCases, payloadOf(MARK), ANA))).toBeUndefined();
    expect(refusals).toEqual([
      { workflowId: 'case/contoso/ana', problem: 'expected a payload that one of our workers encoded, found one in clear' },
    ]);
  });

  it('lets nobody answer for an activity in clear: not even with nothing', async () => {
    const payload = await openOne(forCases, payloadOf(MARK), ofActivity('case/contoso/ana'));
    expect(() => valueOf(payload)).toThrow('Unknown encoding: binary/unapprove-refused');
  });

  it('makes no nothing of what is ours but cannot be opened: a missing key must not look like an empty start', async () => {
    for (const stranger of [await sealed(MARK, BO), await sealed(MARK, ANA, payloadCodec(withIds('20200101T000000Z')))]) {
      const payload = await openOne(forCases, stranger, ANA);
      expect(() => valueOf(payload)).toThrow('Unknown encoding: binary/unapprove-refused');
    }
  });
});
