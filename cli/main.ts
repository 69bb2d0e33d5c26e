// The `unapprove` command: the name of each command, and the exit code of each
// known kind of failure. Each command has its own file.
import { Command } from 'commander';
import { SettingsError } from '../config/load.ts';
import { KeyProblem } from '../inbox/keys.ts';
import { machineProblem } from '../tools/setup-problem.ts';
import { CommandProblem } from './command-problem.ts';

const program = new Command('unapprove')
  .description('Incident-response runbook orchestrator for sign-in prompts that were approved by mistake.')
  .showHelpAfterError('Run "unapprove --help" to see the commands.')
  .exitOverride();

const keys = program.command('keys').description('The keys of this installation');
keys
  .command('init')
  .description('create them, once')
  .action(async () => (await import('./keys-init.ts')).keysInit(process.env));

program
  .command('migrate')
  .description('update the database and its roles to this version (needs DATABASE_ADMIN_URL)')
  .action(async () => (await import('./migrate.ts')).migrate(process.env));

const people = program.command('people').description('Who is who');
people
  .command('import')
  .argument('<file>', 'JSON: [{"slackTeam", "slackUser", "objectId", "name", "phone"}]')
  .description('confirm which Slack account is which person of the directory')
  .action(async (file: string) => (await import('./people-import.ts')).peopleImport(file, process.env));

program
  .command('up')
  .description('start the worker and the Slack app')
  .option('--only <part>', 'start one of them: worker or slack-app')
  .action(async (options: { only?: string }) => (await import('./up.ts')).up(options, process.env));

program
  .command('case')
  .argument('<number>', 'number of the case')
  .option('--as <name>', 'your name, stored beside the account of the operating system')
  .option('--json', 'one JSON object instead of lines')
  .description('show a case with what reporters wrote; the view is stored in the ledger first')
  .action(async (number: string, options: { as?: string; json?: boolean }) =>
    (await import('./case.ts')).showCase(number, options, process.env),
  );

program
  .command('bundle')
  .argument('<number>', 'number of the case')
  .option('--out <folder>', 'where to write it', '.')
  .description('write the bundle of a case, open or closed')
  .action(async (number: string, options: { out: string }) => (await import('./bundle.ts')).bundle(number, options, process.env));

program
  .command('verify')
  .argument('<bundle>', 'the folder of a bundle')
  .option('--json', 'one JSON object instead of sentences')
  .description('check a bundle; needs no database, no network and no settings')
  .action(async (path: string, options: { json?: boolean }) => {
    process.exitCode = await (await import('./verify.ts')).verifyCommand(path, { json: options.json === true });
  });

program
  .command('drill')
  .description('play a scenario in the practice company, from prompt to closed case')
  .option('--scenario <file>', 'a scenario file')
  .option('--json', 'one JSON object on standard output')
  .option('--keep', 'keep the folder of the run')
  .option('--out <folder>', 'where to write the bundle')
  .option('--histories <folder>', "where to write Temporal's histories, for replay tests")
  .action(async (options: { scenario?: string; json?: boolean; keep?: boolean; out?: string; histories?: string }) => {
    process.exitCode = await (await import('./drill.ts')).drill(options);
  });

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}

function exitCodeOf(error: unknown): number {
  const known = error instanceof SettingsError || error instanceof CommandProblem || error instanceof KeyProblem;
  const problem = known ? error : machineProblem(error);
  if (problem !== undefined) {
    process.stderr.write(`${problem.message}\n`);
    return 2;
  }
  // Commander has printed the problem; a request for help is no failure.
  if (error instanceof Error && 'exitCode' in error && typeof error.exitCode === 'number') return error.exitCode === 0 ? 0 : 2;
  throw error;
}
