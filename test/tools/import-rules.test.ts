import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkImports } from '../../tools/import-rules.ts';
import { importsOf } from '../../tools/import-specifiers.ts';
import { scratchFolder } from './scratch.ts';

async function tree(files: Readonly<Record<string, string>>): Promise<string> {
  const root = await scratchFolder();
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return root;
}

describe('the import rules', () => {
  it('are kept by this project', () => {
    expect(checkImports(join(import.meta.dirname, '..', '..'))).toEqual([]);
  });

  it.each([
    ['domain/plan.ts', `import { append } from '../ledger/append.ts';`, 'domain is pure'],
    ['domain/clock.ts', `import { readFile } from 'node:fs/promises';`, 'domain is pure'],
    ['workflows/case.ts', `import { collect } from '../activities/collect.ts';`, 'as types only'],
    ['workflows/case.ts', `import { createHash } from 'node:crypto';`, 'sandbox'],
    ['activities/index.ts', `import { loadConfig } from '../config/load.ts';`, 'config as types only'],
    ['activities/people/ask.ts', `export { card } from '../../slack-app/views/card.ts';`, 'activities import ledger, domain'],
    ['ledger/append.ts', `const { collect } = await import('../activities/collect.ts');`, 'ledger imports domain'],
    ['inbox/write.ts', `import type { Case } from '../workflows/case.ts';`, 'inbox imports ledger, workflows/messages'],
    ['slack-app/listeners/report.ts', `import { Worker } from '../../worker/host.ts';`, 'only their main.ts puts parts together'],
    ['slack-app/main.ts', `import { startTenant } from '../drill/tenant/start.ts';`, 'neither the practice company'],
    ['pager/page.ts', `import { append } from '../ledger/append.ts';`, 'when everything else is down'],
    ['config/load.ts', `import { append } from '../ledger/append.ts';`, 'config imports domain only'],
    ['drill/score/score.ts', `import { verify } from '../../ledger/verify.ts';`, 'must not be copied there'],
    ['drill/score/score.ts', `import type { Plan } from '../../domain/plan.ts';`, 'must not be copied there'],
    ['cli/doctor.ts', `import { startTenant } from '../drill/tenant/start.ts';`, 'only cli/drill*.ts'],
    ['tools/postgres.ts', `import { loadConfig } from '../config/load.ts';`, 'import nothing of the product'],
    ['worker/host.ts', `import './main.ts';`, 'worker puts the product together'],
  ])('catch %s: %s', async (file, text, rule) => {
    const root = await tree({ [file]: `// first line\n${text}\n` });

    const breaches = checkImports(root);

    expect(breaches).toEqual([{ file, line: 2, specifier: expect.any(String), rule: expect.stringContaining(rule) }]);
  });

  it('let an allowed import pass', async () => {
    const root = await tree({
      'workflows/case.ts': `import type { Activities } from '../activities/index.ts';\nimport { plan } from '../domain/plan.ts';\nimport { proxyActivities } from '@temporalio/workflow';`,
      'inbox/write.ts': `import { REPORT } from '../workflows/messages.ts';`,
      'slack-app/main.ts': `import { loadConfig } from '../config/load.ts';`,
      'cli/drill.ts': `import { play } from '../drill/runner.ts';`,
      'drill/runner.ts': `import { startChild } from '../tools/children.ts';\nimport { journal } from './tenant/journal.ts';`,
    });

    expect(checkImports(root)).toEqual([]);
  });
});

describe('reading imports', () => {
  it('finds every form, with its line', () => {
    const source = [
      `import a from 'one';`,
      `import type { B } from "two";`,
      `import {`,
      `  c,`,
      `  type D,`,
      `} from 'three';`,
      `import 'four';`,
      `export * from 'five';`,
      `export type { E } from 'six';`,
      `const f = await import('seven');`,
      'const g = await import(`eight`);',
      'const h = `${await import("nine")}`;',
    ].join('\n');

    expect(importsOf(source)).toEqual([
      { specifier: 'one', line: 1, typesOnly: false },
      { specifier: 'two', line: 2, typesOnly: true },
      { specifier: 'three', line: 6, typesOnly: false },
      { specifier: 'four', line: 7, typesOnly: false },
      { specifier: 'five', line: 8, typesOnly: false },
      { specifier: 'six', line: 9, typesOnly: true },
      { specifier: 'seven', line: 10, typesOnly: false },
      { specifier: 'eight', line: 11, typesOnly: false },
      { specifier: 'nine', line: 12, typesOnly: false },
    ]);
  });

  it('is not fooled by comments, texts, templates and regular expressions', () => {
    const source = [
      `// import a from 'comment';`,
      `/* import b from 'comment'; */`,
      `const c = "import d from 'text'";`,
      "const e = `import f from 'template' ${g({ h: '}' })} import i from 'template'`;",
      `const j = /['"\`]/.test(k) ? 1 / 2 : 3;`,
      `export const from = 'not an import';`,
      `import l from 'real';`,
    ].join('\n');

    expect(importsOf(source).map(({ specifier }) => specifier)).toEqual(['real']);
  });
});
