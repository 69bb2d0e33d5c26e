// Encrypts the payloads of cases against readers of the Temporal database and clients of its port. Each payload is bound
// to its workflow: no other can decrypt it, and one written without our key is refused.
// Ids, activity names, failure codes and times stay readable, because Temporal needs them.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { DataConverter, Payload, PayloadCodec, SerializationContext } from '@temporalio/common';
import proto from '@temporalio/proto';
import { RunbookError } from '../domain/errors.ts';
import type { PayloadKeys } from '../inbox/keys.ts';

const { Payload: Plain } = proto.temporal.api.common.v1;

const ENCODING = 'binary/unapprove';
/** No converter knows this encoding: reading such a payload throws at that place. */
const REFUSED = 'binary/unapprove-refused';
const NOTHING = 'binary/null';

const ALGORITHM = 'aes-256-gcm';
const LABEL = 'unapprove-payload-1';
const NONCE = 12;
const TAG = 16;

/**
 * The codec of clients and activities. It refuses an unreadable payload with a RunbookError.
 *
 * A payload is the nonce, the ciphertext and the tag. Its metadata names the key and the workflow it is bound to. A payload
 * that was made outside a workflow names none, and can be decrypted only outside a workflow.
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
 * The codec of the task queue of the cases. Hazard: a codec that throws there fails the workflow task, and Temporal repeats
 * that task for ever, so one unencrypted message would stop a case (measured, decision 7). So the case receives the refused
 * payload, and only its reader fails: an update is rejected, an activity result is not accepted, a start is empty.
 */
export function caseCodec(codec: PayloadCodec, onRefused: (refusal: Refusal) => void): PayloadCodec {
  const openOrRefuse = async (payload: Payload, context?: SerializationContext): Promise<Payload> => {
    try {
      return await openOne(codec, payload, context);
    } catch (error) {
      if (!(error instanceof RunbookError)) throw error;
      onRefused({ workflowId: workflowOf(context), problem: error.message });
      // Only a foreign payload counts as empty. A missing key must not make a running case end like an empty start.
      return { metadata: { encoding: bytes(context?.type === 'workflow' && !isEncoded(payload) ? NOTHING : REFUSED) } };
    }
  };
  return {
    encode: (payloads, context) => codec.encode(payloads, context),
    decode: (payloads, context) => Promise.all(payloads.map((payload) => openOrRefuse(payload, context))),
  };
}

/** For every client and worker: failures are written so that the codec encrypts their messages too. */
export const dataConverter = (codec: PayloadCodec): DataConverter => ({
  failureConverterPath: FAILURE_CONVERTER,
  payloadCodecs: [codec],
});

/** Also part of every workflow bundle. */
export const FAILURE_CONVERTER = fileURLToPath(new URL('./failure-converter.mjs', import.meta.url));

/** Does it claim to be written by a codec of this kind? */
export const isEncoded = ({ metadata }: Payload): boolean => text(metadata?.['encoding']) === ENCODING;

/** Is it bound to a workflow? A claim until the payload has been decrypted. */
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

/** Errors repeat nothing of the payload: a stranger may have written it, and errors go into logs and pages. */
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

/** No workflow has an empty id, so a payload bound to a workflow is never readable as unbound. */
const aadOf = (workflowId: string | null): Buffer => Buffer.from(`${LABEL}\0${workflowId ?? ''}`, 'utf8');

const workflowOf = (context?: SerializationContext): string | null => context?.workflowId || null;

const bytes = (value: string): Uint8Array => new TextEncoder().encode(value);

const text = (value: Uint8Array | null | undefined): string => (value ? Buffer.from(value).toString('utf8') : '');
