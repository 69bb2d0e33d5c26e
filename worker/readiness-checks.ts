// What the worker must have used before it is ready. A credential that fails at the first report fails too late.

import type { GraphClient } from '../activities/microsoft/client.ts';
import type { DirectoryReader } from '../activities/microsoft/directory-reader.ts';
import { ENDPOINTS } from '../activities/microsoft/endpoints.ts';
import { ACCESS_STATE } from '../activities/microsoft/schemas.ts';
import type { Need } from '../config/readiness.ts';
import { RunbookError } from '../domain/errors.ts';
import { useDatabaseAs } from '../ledger/rights.ts';
import type { BaselineJob } from './baseline-job.ts';
import type { WorkerSettings } from './compose.ts';
import type { Temporal } from './temporal.ts';

export interface NeedTools {
  readonly settings: WorkerSettings;
  readonly reader: Pick<DirectoryReader, 'federatedDomains'>;
  readonly actor: GraphClient;
  readonly temporal: Temporal;
  readonly job: BaselineJob;
}

export function workerNeeds({ settings, reader, actor, temporal, job }: NeedTools): readonly Need[] {
  return [
    {
      name: 'the database',
      use: () => useDatabaseAs('worker', settings.DATABASE_URL),
      next: 'Check DATABASE_URL, its password and that PostgreSQL runs; missing rights are granted by "unapprove migrate".',
    },
    {
      name: 'Temporal',
      use: () => temporal.use(),
      next: 'Check TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE, and that the Temporal server runs.',
    },
    {
      name: 'the credential of the reading app',
      use: () => reader.federatedDomains(),
      next: credentialSteps('READER'),
    },
    {
      name: 'the credential of the acting app',
      use: () => readOne(actor, settings.UNAPPROVE_BREAK_GLASS_IDS[0] ?? settings.UNAPPROVE_TENANT_ID),
      next: credentialSteps('ACTOR'),
    },
    {
      name: 'the baseline of the directory',
      use: () => job.tried(),
      next: 'Check UNAPPROVE_APPROVER_GROUP_ID and the permissions of the reading app; the log says which answer of the directory could not be used.',
    },
  ];
}

const credentialSteps = (app: 'READER' | 'ACTOR'): string =>
  `Check that the file UNAPPROVE_${app}_CERTIFICATE names holds a certificate and its private key (PEM), that the certificate is registered on the app UNAPPROVE_${app}_CLIENT_ID, and that the app's permissions are granted.`;

/** A read changes nothing. "No such account" is a success too: token and permission were accepted. */
async function readOne(actor: GraphClient, id: string): Promise<void> {
  try {
    await actor.send(ENDPOINTS.readAccount, { id }, ACCESS_STATE);
  } catch (error) {
    // The credential is good even when the answer about the account is unexpected.
    if (error instanceof RunbookError && ANSWERED.includes(error.code)) return;
    throw error;
  }
}

const ANSWERED: readonly string[] = ['GRAPH_NOT_FOUND', 'GRAPH_ANSWER_UNREADABLE'];
