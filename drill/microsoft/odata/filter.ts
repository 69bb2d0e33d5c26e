/**
 * The $filter language as far as the documented filters of these calls need it.
 * What a call does not document is refused, never guessed: the real service
 * would refuse it too, and only at night.
 */
import { unsupportedQuery } from '../answers.ts';

export type Literal = string | number | boolean | null;
type Operator = 'eq' | 'ge' | 'le' | 'gt' | 'lt' | 'startswith';

export type Filter =
  | { readonly kind: 'and'; readonly parts: readonly Filter[] }
  | { readonly kind: 'or'; readonly parts: readonly Filter[] }
  | { readonly kind: 'compare'; readonly path: string; readonly operator: Operator; readonly value: Literal }
  /** True when one element of the list fits; paths inside are below the element (`` is the element itself). */
  | { readonly kind: 'any'; readonly path: string; readonly inner: Filter };

/** Which comparisons a call documents, by path; inside a list the path is `list/any/element`. */
export type Filterable = Readonly<Record<string, readonly Operator[]>>;

const TOKEN =
  /\s*(?:('(?:[^']|'')*')|(\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d))|(-?\d+(?:\.\d+)?)(?![\w-])|([A-Za-z_][\w./]*)|([():,]))/y;

type Token = { readonly kind: 'text' | 'time' | 'number' | 'word' | 'mark'; readonly text: string };

/** @throws Refusal 400 for what cannot be read or is not documented */
export function parseFilter(source: string, filterable: Filterable): Filter {
  const tokens = tokenize(source);
  let next = 0;
  const peek = (): Token | undefined => tokens[next];
  const take = (): Token => tokens[next++] ?? syntaxError(source);
  const expect = (text: string): void => {
    if (take().text !== text) syntaxError(source);
  };

  function either(scope: Scope): Filter {
    const parts = [both(scope)];
    while (isWord(peek(), 'or')) {
      take();
      parts.push(both(scope));
    }
    if (parts.length === 1) return parts[0] as Filter;
    // Only alternatives of one list are documented; anything wider is answered from an index that these calls do not have.
    if (scope.variable === undefined) throw unsupportedQuery('Unsupported Query.');
    return { kind: 'or', parts };
  }

  function both(scope: Scope): Filter {
    const parts = [one(scope)];
    while (isWord(peek(), 'and')) {
      take();
      parts.push(one(scope));
    }
    return parts.length === 1 ? (parts[0] as Filter) : { kind: 'and', parts };
  }

  function one(scope: Scope): Filter {
    if (peek()?.text === '(') {
      take();
      const inner = either(scope);
      expect(')');
      return inner;
    }
    const word = take();
    if (word.kind !== 'word') syntaxError(source);
    if (word.text === 'startswith') {
      expect('(');
      const path = below(take().text, scope);
      expect(',');
      const value = take();
      expect(')');
      return comparison(path, 'startswith', value, scope);
    }
    if (word.text.endsWith('/any')) return anyOf(word.text.slice(0, -'/any'.length));
    const operator = take().text;
    if (!isOperator(operator)) throw unsupportedQuery(`Unsupported operator '${operator}'.`);
    return comparison(below(word.text, scope), operator, take(), scope);
  }

  function anyOf(list: string): Filter {
    expect('(');
    const variable = take().text;
    expect(':');
    const inner = either({ list, variable });
    expect(')');
    return { kind: 'any', path: list, inner };
  }

  function comparison(path: string, operator: Operator, token: Token, scope: Scope): Filter {
    const documented = scope.list === undefined ? path : `${scope.list}/any/${path}`;
    if (!filterable[documented]?.includes(operator)) {
      throw unsupportedQuery(`Unsupported or invalid query filter clause specified for property '${path || (scope.list ?? '')}'.`);
    }
    // Times are compared with times only, written without quotes.
    if (path.endsWith('DateTime') !== (token.kind === 'time') || (token.kind === 'time' && Number.isNaN(Date.parse(token.text)))) {
      throw unsupportedQuery(`A value of another type was compared with property '${path}'.`);
    }
    return { kind: 'compare', path, operator, value: literal(token) };
  }

  function literal(token: Token): Literal {
    switch (token.kind) {
      case 'text':
        return token.text.slice(1, -1).replaceAll("''", "'");
      case 'time':
        return token.text;
      case 'number':
        return Number(token.text);
      default:
        if (token.text === 'true' || token.text === 'false') return token.text === 'true';
        if (token.text === 'null') return null;
        return syntaxError(source);
    }
  }

  const filter = either({ list: undefined, variable: undefined });
  if (next !== tokens.length) syntaxError(source);
  return filter;
}

interface Scope {
  readonly list: string | undefined;
  readonly variable: string | undefined;
}

function below(path: string, { variable }: Scope): string {
  if (variable === undefined) return path;
  if (path === variable) return '';
  if (path.startsWith(`${variable}/`)) return path.slice(variable.length + 1);
  throw unsupportedQuery(`Could not find a property named '${path}'.`);
}

function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.trimEnd().length) {
    const found = TOKEN.exec(source);
    if (found === null) return syntaxError(source);
    const [, text, time, number, word, mark] = found;
    if (text !== undefined) tokens.push({ kind: 'text', text });
    else if (time !== undefined) tokens.push({ kind: 'time', text: time });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word });
    else tokens.push({ kind: 'mark', text: mark ?? '' });
  }
  return tokens;
}

const isWord = (token: Token | undefined, text: string): boolean => token?.kind === 'word' && token.text === text;

const isOperator = (text: string): text is Exclude<Operator, 'startswith'> => ['eq', 'ge', 'le', 'gt', 'lt'].includes(text);

function syntaxError(source: string): never {
  throw unsupportedQuery(`Invalid filter clause: ${source.slice(0, 100)}`);
}

/** Does this object, in the shape in which it would be answered, fit? Texts are compared without regard to case. */
export function fits(filter: Filter, value: unknown): boolean {
  switch (filter.kind) {
    case 'and':
      return filter.parts.every((part) => fits(part, value));
    case 'or':
      return filter.parts.some((part) => fits(part, value));
    case 'any': {
      const list = at(value, filter.path);
      return Array.isArray(list) && list.some((element) => fits(filter.inner, element));
    }
    case 'compare':
      return compares(at(value, filter.path), filter.operator, filter.value);
  }
}

function at(value: unknown, path: string): unknown {
  if (path === '') return value;
  let current = value;
  for (const name of path.split('/')) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = (current as Readonly<Record<string, unknown>>)[name];
  }
  return current;
}

function compares(actual: unknown, operator: Operator, expected: Literal): boolean {
  if (typeof actual === 'string' && typeof expected === 'string') {
    const [left, right] = comparable(actual, expected);
    switch (operator) {
      case 'eq':
        return left === right;
      case 'ge':
        return left >= right;
      case 'gt':
        return left > right;
      case 'le':
        return left <= right;
      case 'lt':
        return left < right;
      case 'startswith':
        return actual.toLowerCase().startsWith(expected.toLowerCase());
    }
  }
  return operator === 'eq' && (actual ?? null) === expected;
}

const TIME = /^\d{4}-\d\d-\d\dT/;

function comparable(left: string, right: string): readonly [string | number, string | number] {
  return TIME.test(left) && TIME.test(right) ? [Date.parse(left), Date.parse(right)] : [left.toLowerCase(), right.toLowerCase()];
}
