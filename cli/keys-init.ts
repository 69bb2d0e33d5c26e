import { loadSettings } from '../config/load.ts';
import { initKeys } from '../inbox/keys.ts';

/** Makes the keys of this installation. @throws KeyProblem when keys exist already */
export async function keysInit(env: NodeJS.ProcessEnv): Promise<void> {
  const { UNAPPROVE_KEYS } = loadSettings(['UNAPPROVE_KEYS'], env);
  const { keyId } = await initKeys(UNAPPROVE_KEYS);
  process.stdout.write(`The keys are in ${UNAPPROVE_KEYS}. Signing key of the Slack app: ${keyId}.\n`);
  process.stdout.write('Copy master.key to a place outside the backups of the database: without it no attachment can be read.\n');
  process.stdout.write('Copy payload.*.key with it, and to every worker: open cases cannot continue without it.\n');
}
