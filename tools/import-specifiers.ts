/**
 * Reads what a TypeScript file imports, from its text alone.
 *
 * TypeScript 7 offers no parser to programs, so comments and the insides of texts are blanked first and the few forms an
 * import can have are searched in what is left. Quotes inside regular expressions and templates are handled.
 */

/** One import or re-export of a file. */
export interface ImportSite {
  readonly specifier: string;
  /** 1-based. */
  readonly line: number;
  /** `import type` and `export type` leave nothing in the running program. */
  readonly typesOnly: boolean;
}

const STATEMENT = /(?<![\w$.])(import|export)\s+(type\s+)?(?!type\s*=)[\w$*{][^;'"`()=]*?\bfrom\s*(['"])/g;
const BARE = /(?<![\w$.])import\s*(['"])/g;
const CALL = /(?<![\w$.])(?:import|require|import\.meta\.resolve)\s*\(\s*(['"`])/g;

/** All imports of a source text, in order of appearance. */
export function importsOf(source: string): readonly ImportSite[] {
  const { code, texts } = blankOut(source);
  const sites: (ImportSite & { readonly at: number })[] = [];
  const note = (match: RegExpMatchArray, typesOnly: boolean): void => {
    const quote = (match.index ?? 0) + match[0].length - 1;
    const specifier = texts.get(quote);
    if (specifier === undefined) return;
    sites.push({ specifier, typesOnly, at: quote, line: code.slice(0, quote).split('\n').length });
  };
  for (const match of code.matchAll(STATEMENT)) note(match, match[2] !== undefined);
  for (const match of code.matchAll(BARE)) note(match, false);
  for (const match of code.matchAll(CALL)) note(match, false);
  return sites.sort((a, b) => a.at - b.at).map(({ specifier, line, typesOnly }) => ({ specifier, line, typesOnly }));
}

/** The source with comments, texts and regular expressions blanked (same length, same lines), and the texts by where they begin. */
function blankOut(source: string): { code: string; texts: ReadonlyMap<number, string> } {
  const texts = new Map<number, string>();
  const out: string[] = [];
  // Each entry: how many braces are open inside this ${...} of a template.
  const templates: number[] = [];
  let at = 0;
  const blank = (to: number): void => {
    out.push(source.slice(at, to).replaceAll(/[^\n]/g, ' '));
    at = to;
  };
  const keep = (to: number): void => {
    out.push(source.slice(at, to));
    at = to;
  };
  const text = (quote: string, from: number): void => {
    const end = endOfText(source, from, quote);
    texts.set(from - 1, source.slice(from, end));
    blank(end);
  };
  while (at < source.length) {
    const char = source[at] ?? '';
    const two = source.slice(at, at + 2);
    if (two === '//') blank(after(source, '\n', at) - 1);
    else if (two === '/*') blank(after(source, '*/', at + 2));
    else if (char === "'" || char === '"') {
      keep(at + 1);
      text(char, at);
      keep(Math.min(at + 1, source.length));
    } else if (char === '`' || (char === '}' && templates.at(-1) === 0)) {
      if (char === '}') templates.pop();
      keep(at + 1);
      const begun = at;
      const end = endOfText(source, at, '`');
      if (char === '`' && source[end] === '`') texts.set(begun - 1, source.slice(begun, end));
      blank(end);
      if (source[at] === '$') {
        templates.push(0);
        keep(at + 2);
      } else keep(Math.min(at + 1, source.length));
    } else if (char === '/' && startsRegex(out)) blank(endOfRegex(source, at + 1));
    else {
      const open = templates.length - 1;
      if (open >= 0 && char === '{') templates[open] = (templates[open] ?? 0) + 1;
      if (open >= 0 && char === '}') templates[open] = (templates[open] ?? 0) - 1;
      keep(at + 1);
    }
  }
  return { code: out.join(''), texts };
}

/** Where the next mark ends; one past the end of the source when there is none. */
function after(source: string, mark: string, from: number): number {
  const found = source.indexOf(mark, from);
  return found === -1 ? source.length + 1 : found + mark.length;
}

/** Where a text ends: at its quote, at a template's `${`, or at the end of the source. */
function endOfText(source: string, from: number, quote: string): number {
  for (let at = from; at < source.length; at += 1) {
    if (source[at] === '\\') at += 1;
    else if (source[at] === quote) return at;
    else if (quote === '`' && source[at] === '$' && source[at + 1] === '{') return at;
    else if (quote !== '`' && source[at] === '\n') return at;
  }
  return source.length;
}

function endOfRegex(source: string, from: number): number {
  let inClass = false;
  for (let at = from; at < source.length; at += 1) {
    const char = source[at];
    if (char === '\\') at += 1;
    else if (char === '\n') return at;
    else if (char === '[') inClass = true;
    else if (char === ']') inClass = false;
    else if (char === '/' && !inClass) return at + 1;
  }
  return source.length;
}

/** A slash divides after a value, and opens a regular expression everywhere else. */
function startsRegex(before: readonly string[]): boolean {
  const tail = before.slice(-40).join('').trimEnd();
  return tail === '' || /[(,=:[!&|?{};+\-*%<>~^]$/.test(tail) || /(?<![\w$.])(?:return|typeof|case|of|in|await|void)$/.test(tail);
}
