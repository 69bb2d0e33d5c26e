/**
 * Makes a fresh clone runnable: the packages of package-lock.json, and the database client made from the schema.
 *
 * Plain JavaScript without any package, because it runs before there are any. It writes to stderr only; stdout
 * belongs to the command that was asked for. A second command may do the same at the same moment.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

const OLDEST_NODE = [20, 20];
const STILL_AT_IT_MS = 15_000;
const LOCK_POLL_MS = 250;

/** A sentence for the person at the terminal. It is printed without a stack. */
export class NotReady extends Error {}

/** Installs and generates what is missing; does nothing, quickly, when nothing is. */
export async function bootstrap() {
  requireNode();
  if (packagesAreThere() && clientIsThere()) return;
  const release = await onlyOne();
  try {
    if (!packagesAreThere()) await installPackages();
    if (!clientIsThere()) await generateClient();
  } finally {
    release();
  }
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  throw new NotReady(
    `unapprove needs Node ${OLDEST_NODE.join('.')} or newer; this is ${process.versions.node}. Install Node 24 LTS and run the same command again.`,
  );
}

/** Compares the lock file with the list npm leaves in node_modules at the end of a complete installation. */
function packagesAreThere() {
  const wanted = jsonOf('package-lock.json')?.packages;
  if (wanted === undefined)
    throw new NotReady('package-lock.json is missing, so it is not known what to install. Restore it with: git checkout package-lock.json');
  const there = jsonOf('node_modules/.package-lock.json')?.packages ?? {};
  return Object.entries(wanted).every(([path, { version, integrity, optional, devOptional }]) => {
    if (path === '') return true;
    const found = there[path];
    // Packages for other platforms are in the lock file and are never installed.
    if (found === undefined) return optional === true || devOptional === true;
    return found.version === version && (integrity === undefined || found.integrity === undefined || found.integrity === integrity);
  });
}

async function installPackages() {
  const begun = Date.now();
  // Under `npm run` npm says where it is; the loglevel is given because `npm run --silent` would hide errors as well.
  const npm = process.env.npm_execpath?.endsWith('.js') ? [process.execPath, process.env.npm_execpath] : ['npm'];
  // Not `npm ci`: it refuses a lock file made where the registry lacks the packages of other platforms. This keeps to
  // every version and hash in the lock file as well, and to the file itself.
  const args = ['install', '--no-save', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  const failure = await follow('Installing packages (about a minute, once)', [...npm, ...args], {});
  if (failure !== undefined) {
    throw new NotReady(
      `The packages could not be installed (npm install: ${failure}). Its own message is above. Check the network and npm's registry setting (npm ping), then run the same command again.`,
    );
  }
  tell(`Packages installed in ${Math.round((Date.now() - begun) / 1000)} s.`);
}

const CLIENT = join('prisma', 'generated');
const MADE_FROM = join(CLIENT, '.made-from');

function clientIsThere() {
  const schema = schemaDigest();
  return schema === undefined || textOf(MADE_FROM) === schema;
}

/** What the client depends on: the schema, the configuration and the generator's version. Undefined without a schema. */
function schemaDigest() {
  const files = filesUnder('prisma').filter((path) => path.endsWith('.prisma'));
  if (files.length === 0) return undefined;
  const hash = createHash('sha256').update(jsonOf('package-lock.json')?.packages?.['node_modules/prisma']?.version ?? '');
  for (const path of [...files, 'prisma.config.ts']) hash.update(`\0${path}\0${textOf(path) ?? ''}`);
  return hash.digest('hex');
}

async function generateClient() {
  const digest = schemaDigest();
  // Generating needs no schema engine, but looks for one, and would download it: any file that exists stops the search.
  const env = { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1', PRISMA_HIDE_UPDATE_MESSAGE: '1' };
  const failure = await follow(
    'Making the database client',
    [process.execPath, join('node_modules', 'prisma', 'build', 'index.js'), 'generate'],
    env,
    true,
  );
  if (failure !== undefined)
    throw new NotReady(`The database client could not be made (prisma generate: ${failure}). Its own message is above.`);
  mkdirSync(join(ROOT, CLIENT), { recursive: true });
  writeFileSync(join(ROOT, MADE_FROM), digest ?? '');
}

/** Runs a program with its output on stderr (or kept until it fails); undefined when it went well, otherwise why not. */
function follow(what, [file, ...args], env, quiet = false) {
  tell(`${what}...`);
  const begun = Date.now();
  const still = setInterval(() => tell(`  still running (${Math.round((Date.now() - begun) / 1000)} s)`), STILL_AT_IT_MS);
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: ['ignore', quiet ? 'pipe' : 2, quiet ? 'pipe' : 2],
    });
    const said = [];
    for (const output of [child.stdout, child.stderr]) output?.on('data', (part) => said.push(part));
    const done = (failure) => {
      clearInterval(still);
      if (failure !== undefined && said.length > 0) process.stderr.write(Buffer.concat(said));
      resolve(failure);
    };
    child.once('error', (problem) => done(problem.message));
    child.once('close', (code, signal) => done(code === 0 ? undefined : (signal ?? `exit code ${code}`)));
  });
}

/** Waits for another set-up of this folder to finish; the lock of a process that is gone is ignored. */
async function onlyOne() {
  const path = join(ROOT, '.unapprove', 'setup.lock');
  mkdirSync(dirname(path), { recursive: true });
  for (let told = false; ; await pause(LOCK_POLL_MS)) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      return () => rmSync(path, { force: true });
    } catch (problem) {
      if (problem.code !== 'EEXIST') throw problem;
    }
    const holder = Number.parseInt(textOf(join('.unapprove', 'setup.lock')) ?? '', 10);
    if (!Number.isNaN(holder) && !isAlive(holder)) {
      tell('Clearing the lock of an interrupted set-up.');
      rmSync(path, { force: true });
    } else if (!told) {
      told = true;
      tell(`Waiting for another set-up of this folder (process ${holder}); if there is none, remove ${path}.`);
    }
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (problem) {
    return problem.code === 'EPERM';
  }
}

function textOf(path) {
  try {
    return readFileSync(join(ROOT, path), 'utf8');
  } catch (problem) {
    if (problem.code === 'ENOENT') return undefined;
    throw problem;
  }
}

function jsonOf(path) {
  const text = textOf(path);
  return text === undefined ? undefined : JSON.parse(text);
}

function filesUnder(folder) {
  try {
    return readdirSync(join(ROOT, folder), { recursive: true })
      .map((path) => join(folder, String(path)))
      .filter((path) => !path.startsWith(CLIENT))
      .sort();
  } catch (problem) {
    if (problem.code === 'ENOENT') return [];
    throw problem;
  }
}

function tell(line) {
  process.stderr.write(`${line}\n`);
}
