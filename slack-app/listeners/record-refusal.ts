// Records a refused payload by its code and digest only: its text is not kept.
import { createHash } from 'node:crypto';
import type { EnvelopeRefused } from '../../domain/case/events.ts';
import type { Inbox } from '../../inbox/store.ts';
import { type Log, problemOf } from '../log.ts';
import { SAVE_WITHIN_MS, withTimeout } from './with-timeout.ts';

export interface RefusalTools {
  readonly inbox: Pick<Inbox, 'putRefused'>;
  readonly log: Log;
}

interface Refused {
  readonly person: string;
  readonly act: string;
  readonly code: EnvelopeRefused['code'];
  readonly problem: string;
}

const KEPT_OF_STRANGERS = /^[A-Z0-9]{3,31}$/;

/** Never throws: the person gets an answer anyway. The same payload twice is one row. */
export async function recordRefusal(tools: RefusalTools, body: unknown, { person, act, code, problem }: Refused): Promise<void> {
  const sha256 = createHash('sha256')
    .update(JSON.stringify(body) ?? '')
    .digest('hex');
  const who = KEPT_OF_STRANGERS.test(person) ? person : 'unknown';
  tools.log.warn({ code, act, person: who, sha256 }, 'A payload that is not an action of ours was refused.');
  await withTimeout(SAVE_WITHIN_MS, tools.inbox.putRefused({ key: `refused:${sha256}`, person: who, act, code, problem })).catch(
    (error: unknown) => tools.log.error({ problem: problemOf(error), code, sha256 }, 'A refusal could not be written down.'),
  );
}
