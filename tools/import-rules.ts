/**
 * Who may import whom: the rooms of the house and the doors between them.
 *
 * The practice company must share no code with the product, or a fault of ours would be mirrored there and go unseen; the
 * workflows must not drag the machine into the engine's sandbox; and only a few places may put the parts together.
 */
import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { type ImportSite, importsOf } from './import-specifiers.ts';

/** One import that a rule forbids. */
export interface Breach {
  /** Relative to the project's root. */
  readonly file: string;
  readonly line: number;
  readonly specifier: string;
  /** The rule, in words. */
  readonly rule: string;
}

interface Rule {
  /** Which files it is for. The first rule that knows a file decides. */
  readonly files: (path: string) => boolean;
  /** What these files may import besides their own room. */
  readonly mayImport: readonly string[];
  /** What they may import with `import type` only. */
  readonly mayImportTypes?: readonly string[];
  /** Bare packages and `node:` modules they may not import. */
  readonly noPackages?: RegExp;
  readonly words: string;
}

const inRoom =
  (...rooms: readonly string[]) =>
  (path: string): boolean =>
    rooms.some((room) => path.startsWith(`${room}/`));

const PRODUCT = ['domain', 'workflows', 'activities', 'ledger', 'inbox', 'pager', 'slack-app', 'console', 'worker', 'config', 'prisma'];

/** Where something is allowed it may be a room (`ledger`) or one module of it (`workflows/messages`). */
const RULES: readonly Rule[] = [
  {
    files: inRoom('domain'),
    mayImport: [],
    noPackages: /^(node:|@temporalio\/|@slack\/|@microsoft\/|@azure\/|@prisma\/|pg$|undici$)/,
    words: 'domain is pure: it imports no other room, no SDK and nothing of the machine',
  },
  {
    files: inRoom('workflows'),
    mayImport: ['domain'],
    mayImportTypes: ['activities'],
    noPackages: /^(node:|@prisma\/|pg$|@slack\/|@microsoft\/|@azure\/|@temporalio\/(worker|client|activity)$)/,
    words: 'workflows import domain, and activities as types only; nothing of the machine works in the sandbox',
  },
  {
    files: inRoom('activities'),
    mayImport: ['ledger', 'domain', 'prisma'],
    mayImportTypes: ['config'],
    words: 'activities import ledger, domain and the generated database client, and config as types only',
  },
  { files: inRoom('ledger'), mayImport: ['domain', 'prisma'], words: 'ledger imports domain and the generated database client' },
  { files: inRoom('pager'), mayImport: ['domain'], words: 'pager imports domain only: it must work when everything else is down' },
  {
    files: inRoom('config'),
    mayImport: ['domain', 'prisma/address'],
    words: 'config imports domain only, and from prisma how the address of a database is read',
  },
  {
    files: inRoom('inbox'),
    mayImport: ['ledger', 'workflows/messages', 'domain', 'prisma'],
    words: 'inbox imports ledger, workflows/messages and domain',
  },
  {
    files: (path) => path === 'slack-app/main.ts' || path === 'console/main.ts',
    mayImport: PRODUCT,
    words: 'a main.ts puts the product together, and imports neither the practice company nor a command',
  },
  {
    files: inRoom('slack-app', 'console'),
    mayImport: ['ledger', 'workflows/messages', 'domain', 'inbox', 'prisma'],
    words: 'slack-app and console import ledger, inbox, workflows/messages and domain; only their main.ts puts parts together',
  },
  {
    files: inRoom('worker'),
    mayImport: PRODUCT,
    words: 'worker puts the product together, and imports neither the practice company nor a command',
  },
  {
    files: (path) => /^cli\/drill[^/]*\.ts$/.test(path),
    mayImport: [...PRODUCT, 'tools', 'drill'],
    words: 'the drill command puts product and practice company together',
  },
  {
    files: inRoom('cli'),
    mayImport: [...PRODUCT, 'tools'],
    words: 'cli puts the product together; only cli/drill*.ts may import the practice company',
  },
  {
    files: inRoom('drill'),
    mayImport: ['tools'],
    words: 'the practice company imports nothing of the product: a fault of ours must not be mirrored there',
  },
  {
    files: inRoom('tools'),
    mayImport: ['prisma'],
    words: 'tools set up the machine and import nothing of the product but how its database is reached',
  },
  { files: inRoom('prisma'), mayImport: [], words: 'prisma holds the schema, what is generated from it, and how the database is reached' },
];

const SKIPPED = new Set(['node_modules', '.git', '.unapprove', 'generated', 'docs']);

/** Checks a whole tree; an empty answer means that every import keeps to the rules. */
export function checkImports(root: string): readonly Breach[] {
  const home = realpathSync(root);
  return sourceFiles(home).flatMap((file) => {
    const path = relative(home, file).split(sep).join('/');
    const rule = RULES.find(({ files }) => files(path));
    if (rule === undefined) return [];
    return importsOf(readFileSync(file, 'utf8'))
      .filter((site) => isBreach(path, site, rule))
      .map(({ line, specifier }) => ({ file: path, line, specifier, rule: rule.words }));
  });
}

function isBreach(path: string, { specifier, typesOnly }: ImportSite, rule: Rule): boolean {
  if (!specifier.startsWith('.')) return rule.noPackages?.test(specifier) === true && !typesOnly;
  const target = posix.join(dirname(path), specifier);
  // A room may always use itself; a main.ts belongs to nobody but those who start it.
  const room = roomOf(path);
  if (roomOf(target) === room) return target.endsWith('/main.ts');
  const allowed = typesOnly ? [...rule.mayImport, ...(rule.mayImportTypes ?? [])] : rule.mayImport;
  return !allowed.some((door) => target === door || target.startsWith(`${door}/`) || target === `${door}.ts`);
}

function roomOf(path: string): string {
  return path.split('/', 1)[0] ?? '';
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !SKIPPED.has(name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return sourceFiles(path);
      return entry.isFile() && /\.(ts|mts|mjs|js)$/.test(entry.name) && !entry.name.endsWith('.d.ts') ? [path] : [];
    })
    .sort();
}
