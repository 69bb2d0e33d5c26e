/**
 * The services on which all scenarios of one `npm run drills` are played: one PostgreSQL and one Temporal server.
 *
 * Each run of a scenario gets a Temporal namespace of its own from here, and makes a database of its own. A scenario that kills a
 * service gets neither, and so starts its own.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { openServices } from './services.ts';
import { errorMessage, SetupProblem } from './setup-problem.ts';

export interface DrillServices {
  /** The environment in which one run of this scenario finds its services. */
  environmentFor(scenario: string): Promise<NodeJS.ProcessEnv>;
  stop(): Promise<void>;
}

/** The least that a server takes. */
const RETENTION_MS = 24 * 60 * 60 * 1000;

/** @throws SetupProblem; what had already started is stopped */
export async function openDrillServices(stateDir: string, onProgress: (line: string) => void): Promise<DrillServices> {
  const services = await openServices({ purpose: 'drills', stateDir, onProgress });
  const connection = await Connection.connect({ address: services.temporalAddress });
  return {
    async environmentFor(scenario) {
      if (killsServices(scenario)) return without(process.env, 'DATABASE_URL', 'TEMPORAL_ADDRESS', 'TEMPORAL_NAMESPACE');
      const namespace = `${basename(scenario, '.json')}-${randomBytes(4).toString('hex')}`;
      await register(connection, namespace);
      return {
        ...process.env,
        DATABASE_URL: services.adminUrl,
        TEMPORAL_ADDRESS: services.temporalAddress,
        TEMPORAL_NAMESPACE: namespace,
      };
    },
    async stop() {
      await connection.close();
      await services.stop();
    },
  };
}

async function register({ workflowService }: Connection, namespace: string): Promise<void> {
  try {
    await workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs(RETENTION_MS) });
  } catch (problem) {
    throw new SetupProblem(
      `The Temporal server did not make the namespace ${namespace} for a drill: ${errorMessage(problem)}. ` +
        'Allow it, or unset TEMPORAL_ADDRESS to use the server that unapprove starts.',
      { cause: problem },
    );
  }
}

/** Whether the scenario kills PostgreSQL or Temporal. One that cannot be read is refused by the drill itself. */
export function killsServices(scenario: string): boolean {
  try {
    const { faults = [] } = JSON.parse(readFileSync(scenario, 'utf8')) as { faults?: readonly { readonly kind?: string }[] };
    return faults.some(({ kind }) => kind === 'kill-engine' || kind === 'kill-database');
  } catch {
    return false;
  }
}

const without = (env: NodeJS.ProcessEnv, ...names: readonly string[]): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name)));
