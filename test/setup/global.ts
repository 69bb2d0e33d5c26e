/**
 * Starts once per run what the test files share: PostgreSQL, a Temporal server, the practice CA.
 *
 * Files get addresses, never the objects themselves, and a database of their own each (database.ts). The CA is put into
 * the environment here because the test processes, started afterwards, read it only when they start.
 */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, escapeLiteral } from 'pg';
import type { TestProject } from 'vitest/node';
import { makePracticeCa } from '../../drill/microsoft/certificates.ts';
import { connectionTo } from '../../prisma/connection.ts';
import { applyMigrations } from '../../tools/migrate.ts';
import { createDatabase } from '../../tools/postgres.ts';
import { makeRunFolder } from '../../tools/run-folder.ts';
import { openServices, type Services } from '../../tools/services.ts';
import { SetupProblem } from '../../tools/setup-problem.ts';
import { stopEverything } from '../../tools/shutdown.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The superuser's address of the run's PostgreSQL. */
    databaseAdminUrl: string;
    /** A migrated, empty database without connections, used as a template. */
    databaseTemplate: string;
    temporalAddress: string;
    temporalNamespace: string;
    /** Where the workflow bundle of this run is, or will be once the first test asks for it. */
    workflowBundlePath: string;
    /** The practice CA's folder. */
    practiceCaDir: string;
  }
}

const ROOT = join(import.meta.dirname, '..', '..');
const STATE = join(ROOT, '.unapprove', 'test');
const TEMPLATE = 'unapprove_template';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { path: folder } = await makeRunFolder(STATE, 'run-');
  try {
    const services = await openServices({ purpose: 'test', stateDir: STATE, onProgress: say });
    await setTimeZone(services);
    const [template] = await Promise.all([createDatabase(services.adminUrl, TEMPLATE), trustPracticeCa(folder)]);
    if (existsSync(join(ROOT, 'prisma', 'migrations'))) await applyMigrations(template);

    project.provide('databaseAdminUrl', services.adminUrl);
    project.provide('databaseTemplate', TEMPLATE);
    project.provide('temporalAddress', services.temporalAddress);
    project.provide('temporalNamespace', services.temporalNamespace);
    project.provide('workflowBundlePath', join(folder, 'workflows.js'));
    project.provide('practiceCaDir', folder);
  } catch (problem) {
    await stopAll();
    throw problem;
  }
  return stopAll;
}

/**
 * Gives every session of the run's PostgreSQL the time zone that UNAPPROVE_TEST_TIMEZONE names, unless the session asks for
 * another: an operator's server may be in any.
 */
async function setTimeZone({ adminUrl, postgres }: Services): Promise<void> {
  const zone = process.env['UNAPPROVE_TEST_TIMEZONE'];
  if (zone === undefined || zone === '') return;
  if (!postgres.startedByUs)
    throw new SetupProblem(
      'UNAPPROVE_TEST_TIMEZONE changes the whole server, and DATABASE_URL names one that is not ours. Unset one of them.',
    );
  const client = new Client(connectionTo(adminUrl));
  await client.connect();
  await client.query(`ALTER ROLE ALL SET timezone TO ${escapeLiteral(zone)}`);
  await client.end();
}

async function stopAll(): Promise<void> {
  for (const problem of await stopEverything()) say(problem);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/**
 * Makes the practice CA of this run, a server certificate for localhost, and has the test processes trust them beside
 * what NODE_EXTRA_CA_CERTS already names.
 */
async function trustPracticeCa(folder: string): Promise<void> {
  const ca = await makePracticeCa();
  const server = await ca.issueServer(['localhost', '127.0.0.1']);
  await Promise.all([
    writeFile(join(folder, 'ca.pem'), ca.caPem),
    writeFile(join(folder, 'server.key'), server.keyPem, { mode: 0o600 }),
    writeFile(join(folder, 'server.pem'), server.certPem),
  ]);
  const already = process.env['NODE_EXTRA_CA_CERTS'];
  const others = already === undefined || already === '' ? '' : await readFile(already, 'utf8');
  const trusted = join(folder, 'trusted.pem');
  await writeFile(trusted, `${others.trimEnd()}\n${ca.caPem}`);
  process.env['NODE_EXTRA_CA_CERTS'] = trusted;
}
