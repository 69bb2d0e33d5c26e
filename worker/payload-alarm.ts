// A case received a payload through Temporal that was not written with our keys. The codec has refused it; this adds an
// entry to the ledger of the tenant and pages a person. Temporal repeats the task, and a stranger may send thousands:
// there is one entry and one page for each case and hour.
import type { Logger } from 'pino';
import { ALARM } from '../domain/alarm-words.ts';
import { type TenantId, tenantChain } from '../domain/ids.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Refusal } from './codec.ts';

export interface PayloadAlarmTools {
  readonly ledger: Pick<Ledger, 'append'>;
  readonly tenant: TenantId;
  readonly alarm: (what: { readonly reason: string; readonly dedupKey: string }) => Promise<void>;
  readonly log: Pick<Logger, 'error'>;
}

const MOST_REMEMBERED = 1_000;
const HOUR = 'YYYY-MM-DDTHH'.length;

/** Never throws and never waits: the codec is part of every task of every case. */
export function payloadAlarm({ ledger, tenant, alarm, log }: PayloadAlarmTools): (refusal: Refusal) => void {
  const said = new Set<string>();
  return ({ workflowId, problem }) => {
    const about = `${workflowId ?? 'no case'}/${new Date().toISOString().slice(0, HOUR)}`;
    log.error({ event: 'payload-refused', workflowId, problem });
    if (said.has(about)) return;
    if (said.size === MOST_REMEMBERED) said.clear();
    said.add(about);
    const entry = {
      chain: tenantChain(tenant),
      key: `refused/payload/${about}`,
      actor: 'worker',
      event: { kind: 'envelope.refused', schemaVersion: 1, rowKey: `payload/${about}`, code: 'unsigned', workflowId },
    } as const;
    ledger.append([entry]).catch((error: unknown) => log.error({ event: 'refusal-not-recorded', workflowId, problem: String(error) }));
    void alarm({
      reason: ALARM.payloadRefused,
      dedupKey: `payload/${workflowId ?? '-'}`,
    });
  };
}
