// Keeps what cases say and learn from whoever can read the engine's database or
// reach its port. Each payload is encrypted and bound to its workflow, so that it
// opens at no other; what nobody with our key wrote is never believed. Ids, names
// of activities, codes of failures and times stay readable: the engine works with
// them.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { DataConverter, Payload, PayloadCodec, SerializationContext } from '@temporalio/common';
import proto from '@temporalio/proto';
import { RunbookError } from '../domain/errors.ts';
import type { PayloadKeys } from '../inbox/keys.ts';

const { Payload: Plain } = proto.temporal.api.common.v1;

const ENCODING = 'binary/unapprove';
/** No converter knows it: whoever tries to read such a payload gets an error at that very place. */
const REFUSED = 'binary/unapprove-refused';
const NOTHING = 'binary/null';

const ALGORITHM = 'aes-256-gcm';
const LABEL = 'unapprove-payload-1';
const NONCE = 12;
const TAG = 16;

/**
 * The codec of clients and activities: what it cannot open, it refuses with a RunbookError.
 *
 * A payload: the nonce, the ciphertext, the tag. Its metadata names the key and the workflow it is bound to; a payload
 * that was made where no workflow is known names none, and opens only where none is known either.
 */
export function payloadCodec(keys: PayloadKeys): PayloadCodec {
  return {
    encode: async (payloads, context) => payloads.map((payload) => seal(payload, keys, workflowOf(context))),
    decode: async (payloads, context) => payloads.map((payload) => open(payload, keys, workflowOf(context))),
  };
}

export interface Refusal {
  readonly workflowId: string | null;
  readonly problem: string;
}

/**
 * The codec of the lane on which cases run. There a codec that throws fails the whole task, and the engine hands the
 * same task out again for ever: one letter in clear would stop a case for good (measured, decision 7). So the case
 * itself is given the refused payload, and it hurts only whoever reads it: an update is turned away, an answer to an
 * activity is never taken, a start that we did not write is empty.
 */
export function caseCodec(codec: PayloadCodec, onRefused: (refusal: Refusal) => void): PayloadCodec {
  const openOrRefuse = async (payload: Payload, context?: SerializationContext): Promise<Payload> => {
    try {
      return await openOne(codec, payload, context);
    } catch (error) {
      if (!(error instanceof RunbookError)) throw error;
      onRefused({ workflowId: workflowOf(context), problem: error.message });
      // Only what never was ours counts as nothing: a missing key must not make a running case end as if it had been empty.
      return { metadata: { encoding: bytes(context?.type === 'workflow' && !isEncoded(payload) ? NOTHING : REFUSED) } };
    }
  };
  return {
    encode: (payloads, context) => codec.encode(payloads, context),
    decode: (payloads, context) => Promise.all(payloads.map((payload) => openOrRefuse(payload, context))),
  };
}

/** For every client and every worker alike: failures are written so that the codec covers their words too. */
export const dataConverter = (codec: PayloadCodec): DataConverter => ({
  failureConverterPath: FAILURE_CONVERTER,
  payloadCodecs: [codec],
});

/** Also part of every bundle of the workflows. */
export const FAILURE_CONVERTER = fileURLToPath(new URL('./failure-converter.mjs', import.meta.url));

/** Was it written by a codec of this kind, or does it at least say so? */
export const isEncoded = ({ metadata }: Payload): boolean => text(metadata?.['encoding']) === ENCODING;

/** Is it bound to a workflow? Only read this of a payload that opened: until then it is a mere claim. */
export const isBound = ({ metadata }: Payload): boolean => metadata?.['workflow'] !== undefined;

export async function openOne(codec: PayloadCodec, payload: Payload, context?: SerializationContext): Promise<Payload> {
  const [opened] = await codec.decode([payload], context);
  if (opened === undefined) throw new Error('expected one payload for one, got none');
  return opened;
}

function seal(payload: Payload, { newest, byId }: PayloadKeys, workflowId: string | null): Payload {
  const key = byId.get(newest);
  if (key === undefined) throw new RunbookError('PAYLOAD_UNREADABLE', 'expected a payload key to close with, found none');
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG });
  cipher.setAAD(aadOf(workflowId));
  const sealed = [nonce, cipher.update(Plain.encode(payload).finish()), cipher.final(), cipher.getAuthTag()];
  return {
    metadata: { encoding: bytes(ENCODING), key: bytes(newest), ...(workflowId === null ? {} : { workflow: bytes(workflowId) }) },
    data: new Uint8Array(Buffer.concat(sealed)),
  };
}

/** The sentences repeat nothing of the payload: a stranger may have written it, and they go into logs and pages. */
function open(payload: Payload, { byId }: PayloadKeys, workflowId: string | null): Payload {
  const refuse = (problem: string, cause?: unknown): never => {
    throw new RunbookError('PAYLOAD_UNREADABLE', `expected ${problem}`, { cause });
  };
  if (!isEncoded(payload)) return refuse('a payload that one of our workers encoded, found one in clear');
  const { key: keyId, workflow } = payload.metadata ?? {};
  if ((workflow === undefined ? null : text(workflow)) !== workflowId) {
    return refuse(
      workflowId === null
        ? 'a payload without a workflow, found one of a workflow'
        : `a payload of ${workflowId}, found one of another place`,
    );
  }
  const key = byId.get(text(keyId));
  if (key === undefined)
    return refuse(`a payload under one of the keys ${[...byId.keys()].join(', ')}, found one under a key that is not here`);
  const data = Buffer.from(payload.data ?? []);
  if (data.length < NONCE + TAG) return refuse('a whole payload, found a part of one');
  const decipher = createDecipheriv(ALGORITHM, key, data.subarray(0, NONCE), { authTagLength: TAG });
  decipher.setAAD(aadOf(workflowId));
  decipher.setAuthTag(data.subarray(-TAG));
  try {
    return Plain.decode(new Uint8Array(Buffer.concat([decipher.update(data.subarray(NONCE, -TAG)), decipher.final()])));
  } catch (error) {
    return refuse('a payload as it was written, found one that was changed', error);
  }
}

/** No workflow has an empty id, so nothing that is bound to one opens as bound to none. */
const aadOf = (workflowId: string | null): Buffer => Buffer.from(`${LABEL}\0${workflowId ?? ''}`, 'utf8');

const workflowOf = (context?: SerializationContext): string | null => context?.workflowId || null;

const bytes = (value: string): Uint8Array => new TextEncoder().encode(value);

const text = (value: Uint8Array | null | undefined): string => (value ? Buffer.from(value).toString('utf8') : '');
