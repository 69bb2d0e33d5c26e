// Reads a scenario file. The author is told everything that is wrong
// with it at once, each with its place and what may stand there.
import { readFileSync } from 'node:fs';
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import { unusedFields } from './allowed-fields.ts';
import { withDefaults } from './defaults.ts';
import type { WrittenScenario } from './input-types.ts';
import type { Scenario } from './types.ts';
import { validateScenario } from './validate.ts';

/** A scenario file that cannot be played. `problems` names every fault, one line each. */
export class BadScenario extends Error {
  override readonly name = 'BadScenario';
  readonly problems: readonly string[];

  constructor(where: string, problems: readonly string[]) {
    super(`${where} cannot be played:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/** The scenario that `unapprove drill` plays when none is named. */
export const DEFAULT_SCENARIO = new URL('push-fatigue.json', import.meta.url);

const MOST_CHARACTERS = 1_000_000;

/** Reads and completes a scenario file. @throws BadScenario naming every problem at once */
export function loadScenario(file: string | URL): Scenario {
  const where = typeof file === 'string' ? file : file.pathname;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const isGone = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new BadScenario(where, [isGone ? 'there is no such file: give the path of a scenario' : `it cannot be read: ${String(error)}`]);
  }
  if (text.length > MOST_CHARACTERS) throw new BadScenario(where, [`it is longer than ${MOST_CHARACTERS} characters`]);
  let written: unknown;
  try {
    written = JSON.parse(text);
  } catch (error) {
    throw new BadScenario(where, [`it is not JSON: ${error instanceof Error ? error.message : String(error)}`]);
  }
  return parseScenario(written, where);
}

/** The same for a value at hand. @throws BadScenario */
export function parseScenario(written: unknown, where = 'The scenario'): Scenario {
  const validate = compiled();
  if (!validate(written)) throw new BadScenario(where, wordsFor(validate.errors ?? []));
  const scenario = withDefaults(written);
  const problems = [...unusedFields(written), ...validateScenario(scenario)];
  if (problems.length > 0) throw new BadScenario(where, problems);
  return scenario;
}

type Validate = ((value: unknown) => value is WrittenScenario) & { errors?: ErrorObject[] | null };
let validator: Validate | undefined;

function compiled(): Validate {
  validator ??= new Ajv2020({ allErrors: true, strict: false }).compile<WrittenScenario>(
    JSON.parse(readFileSync(new URL('schema.json', import.meta.url), 'utf8')),
  );
  return validator;
}

// These only report that a branch of the schema failed; the branch's own errors say what was wrong.
const ECHOES = new Set(['if', 'oneOf', 'allOf', 'anyOf']);

function wordsFor(errors: readonly ErrorObject[]): string[] {
  const precise = errors.filter((error) => !ECHOES.has(error.keyword));
  const lines = (precise.length > 0 ? precise : errors).map(wordsOf);
  return [...new Set(lines)];
}

function wordsOf({ instancePath, keyword, params, message }: ErrorObject): string {
  const place = instancePath === '' ? '/' : instancePath;
  const told: Readonly<Record<string, unknown>> = params;
  switch (keyword) {
    case 'additionalProperties':
      return `${place}: "${String(told['additionalProperty'])}" is not known here`;
    case 'required':
      return `${place}: "${String(told['missingProperty'])}" is missing`;
    case 'enum':
      return `${place}: expected one of ${(told['allowedValues'] as readonly unknown[]).map(String).join(', ')}`;
    case 'const':
      return `${place}: expected ${JSON.stringify(told['allowedValue'])}`;
    case 'pattern':
      return `${place}: expected text of the form ${String(told['pattern'])}`;
    case 'false schema':
      return `${place}: means nothing for this kind`;
    default:
      return `${place}: ${message ?? keyword}`;
  }
}
