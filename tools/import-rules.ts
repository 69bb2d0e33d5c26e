/**
 * Import rules between the top-level folders.
 *
 * The practice company shares no code with the product: it would copy a defect of the product and hide it. Workflows
 * import nothing that Temporal's sandbox forbids. Only a few files compose the parts.
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
  /** The rule, as a sentence. */
  readonly rule: string;
}

interface Rule {
  /** The files it applies to. The first rule that matches a file decides. */
  readonly files: (path: string) => boolean;
  /** What these files may import besides their own folder. */
  readonly mayImport: readonly string[];
  /** What they may import with `import type` only. */
  readonly mayImportTypes?: readonly string[];
  /** Bare packages and `node:` modules they may not import. */
  readonly noPackages?: RegExp;
  readonly sentence: string;
}

const inFolder =
  (...folders: readonly string[]) =>
  (path: string): boolean =>
    folders.some((folder) => path.startsWith(`${folder}/`));

const PRODUCT = ['domain', 'workflows', 'activities', 'ledger', 'inbox', 'pager', 'slack-app', 'console', 'worker', 'config', 'prisma'];

/** An allowed import is a folder (`ledger`) or one module of it (`workflows/messages`). */
const RULES: readonly Rule[] = [
  {
    files: inFolder('domain'),
    mayImport: [],
    noPackages: /^(node:|@temporalio\/|@slack\/|@microsoft\/|@azure\/|@prisma\/|pg$|undici$)/,
    sentence: 'domain is pure: it imports no other folder, no SDK and nothing of the machine',
  },
  {
    files: inFolder('workflows'),
    mayImport: ['domain'],
    mayImportTypes: ['activities'],
    noPackages: /^(node:|@prisma\/|pg$|@slack\/|@microsoft\/|@azure\/|@temporalio\/(worker|client|activity)$)/,
    sentence: 'workflows import domain, and activities as types only; nothing of the machine works in the sandbox',
  },
  {
    files: inFolder('activities'),
    mayImport: ['ledger', 'domain', 'prisma'],
    mayImportTypes: ['config'],
    sentence: 'activities import ledger, domain and the generated database client, and config as types only',
  },
  { files: inFolder('ledger'), mayImport: ['domain', 'prisma'], sentence: 'ledger imports domain and the generated database client' },
  { files: inFolder('pager'), mayImport: ['domain'], sentence: 'pager imports domain only: it must work when everything else is down' },
  {
    files: inFolder('config'),
    mayImport: ['domain', 'prisma/address'],
    sentence: 'config imports domain only, and from prisma how the address of a database is read',
  },
  {
    files: inFolder('inbox'),
    mayImport: ['ledger', 'workflows/messages', 'domain', 'prisma'],
    sentence: 'inbox imports ledger, workflows/messages and domain',
  },
  {
    files: (path) => path === 'slack-app/main.ts' || path === 'console/main.ts',
    mayImport: PRODUCT,
    sentence: 'a main.ts puts the product together, and imports neither the practice company nor a command',
  },
  {
    files: inFolder('slack-app', 'console'),
    mayImport: ['ledger', 'workflows/messages', 'domain', 'inbox', 'prisma'],
    sentence: 'slack-app and console import ledger, inbox, workflows/messages and domain; only their main.ts puts parts together',
  },
  {
    files: inFolder('worker'),
    mayImport: PRODUCT,
    sentence: 'worker puts the product together, and imports neither the practice company nor a command',
  },
  {
    files: (path) => /^cli\/drill[^/]*\.ts$/.test(path),
    mayImport: [...PRODUCT, 'tools', 'drill'],
    sentence: 'the drill command puts product and practice company together',
  },
  {
    files: inFolder('cli'),
    mayImport: [...PRODUCT, 'tools'],
    sentence: 'cli puts the product together; only cli/drill*.ts may import the practice company',
  },
  {
    files: inFolder('drill'),
    mayImport: ['tools'],
    sentence: 'the practice company imports nothing of the product: a defect of the product must not be copied there',
  },
  {
    files: inFolder('tools'),
    mayImport: ['prisma'],
    sentence: 'tools set up the machine and import nothing of the product but how its database is reached',
  },
  {
    files: inFolder('prisma'),
    mayImport: [],
    sentence: 'prisma holds the schema, what is generated from it, and how the database is reached',
  },
];

const SKIPPED = new Set(['node_modules', '.git', '.unapprove', 'generated', 'docs']);

/** Checks a whole tree; an empty result means that every import is allowed. */
export function checkImports(root: string): readonly Breach[] {
  const home = realpathSync(root);
  return sourceFiles(home).flatMap((file) => {
    const path = relative(home, file).split(sep).join('/');
    const rule = RULES.find(({ files }) => files(path));
    if (rule === undefined) return [];
    return importsOf(readFileSync(file, 'utf8'))
      .filter((site) => isBreach(path, site, rule))
      .map(({ line, specifier }) => ({ file: path, line, specifier, rule: rule.sentence }));
  });
}

function isBreach(path: string, { specifier, typesOnly }: ImportSite, rule: Rule): boolean {
  if (!specifier.startsWith('.')) return rule.noPackages?.test(specifier) === true && !typesOnly;
  const target = posix.join(dirname(path), specifier);
  // A folder may import itself. No module imports a main.ts: it starts a process.
  if (folderOf(target) === folderOf(path)) return target.endsWith('/main.ts');
  const allowed = typesOnly ? [...rule.mayImport, ...(rule.mayImportTypes ?? [])] : rule.mayImport;
  return !allowed.some((each) => target === each || target.startsWith(`${each}/`) || target === `${each}.ts`);
}

function folderOf(path: string): string {
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
