/**
 * A message or form as a person reads it: one line a section, dates by their fallback, people as @id.
 */
export function readable(message: { readonly text?: string; readonly blocks: readonly unknown[] }): string {
  return [...(message.text === undefined ? [] : [message.text, '']), ...message.blocks.flatMap((block) => linesOf(block))].join('\n');
}

function linesOf(value: unknown): string[] {
  if (!isObject(value)) return [];
  switch (value['type']) {
    case 'header':
    case 'section':
      return [inline(value['text'])];
    case 'input':
      return [inline(value['label']), ...(value['hint'] === undefined ? [] : [inline(value['hint'])])];
    case 'context':
      return [items(value).map(inline).join(' ')];
    case 'rich_text':
      return items(value).flatMap((element) => linesOf(element));
    case 'rich_text_list':
      return items(value).map((item) => `- ${linesOf(item).join('')}`);
    default:
      return [items(value).map(inline).join('')];
  }
}

function inline(value: unknown): string {
  if (!isObject(value)) return '';
  if (value['type'] === 'user') return `@${String(value['user_id'])}`;
  if (value['type'] === 'date') return String(value['fallback']);
  return String(value['text']);
}

const items = (value: Record<string, unknown>): readonly unknown[] => (Array.isArray(value['elements']) ? value['elements'] : []);
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
