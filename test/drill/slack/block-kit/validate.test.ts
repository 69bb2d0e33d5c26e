/** What Slack refuses, the validator refuses, at the spot; what Slack takes, it takes. */
import { assert as assertProperty, jsonValue, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asSlackMessage, validateBlocks, validateView } from '../../../../drill/slack/block-kit/validate.ts';

const long = (length: number): string => 'x'.repeat(length);
const plain = (text: string) => ({ type: 'plain_text', text });
const mrkdwn = (text: string) => ({ type: 'mrkdwn', text });
const option = (value: string, text = value) => ({ text: plain(text), value });
const button = (changes: object = {}) => ({ type: 'button', text: plain('Go'), action_id: 'go', ...changes });
const actions = (...elements: object[]) => ({ type: 'actions', elements });
const section = (changes: object = {}) => ({ type: 'section', text: mrkdwn('hello'), ...changes });
const input = (element: object, changes: object = {}) => ({ type: 'input', label: plain('Label'), element, ...changes });
const many = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index));
const richText = (...elements: object[]) => ({ type: 'rich_text', elements });
const richSection = (...elements: object[]) => ({ type: 'rich_text_section', elements });

describe('takes', () => {
  it.each<[string, object]>([
    ['a section of 3,000 characters', section({ text: mrkdwn(long(3000)) })],
    ['ten fields of 2,000 characters', { type: 'section', fields: many(10, () => mrkdwn(long(2000))) }],
    ['a header of 150 characters', { type: 'header', text: plain(long(150)) }],
    ['a divider', { type: 'divider' }],
    [
      'ten context elements, images too',
      {
        type: 'context',
        elements: many(10, (n) => (n === 0 ? { type: 'image', image_url: 'https://example.com/a.png', alt_text: 'a' } : mrkdwn('x'))),
      },
    ],
    ['25 buttons with different action ids', actions(...many(25, (n) => button({ action_id: `go_${n}` })))],
    [
      'a button with value, style, label and confirm',
      actions(
        button({
          value: long(2000),
          style: 'danger',
          accessibility_label: long(75),
          confirm: { title: plain(long(100)), text: plain(long(300)), confirm: plain(long(30)), deny: plain('No') },
        }),
      ),
    ],
    ['a people menu', actions({ type: 'users_select', action_id: 'who', placeholder: plain('Who?') })],
    ['a menu of 100 options', actions({ type: 'static_select', action_id: 'm', options: many(100, (n) => option(`o${n}`)) })],
    ['option groups', actions({ type: 'static_select', action_id: 'm', option_groups: [{ label: plain('g'), options: [option('a')] }] })],
    ['an overflow of five', actions({ type: 'overflow', action_id: 'm', options: many(5, (n) => option(`o${n}`)) })],
    ['a button beside a section', section({ accessory: button() })],
    ['an image', { type: 'image', image_url: 'https://example.com/a.png', alt_text: 'a chart' }],
    [
      'rich text in all its forms',
      richText(
        richSection(
          { type: 'text', text: 'hello', style: { bold: true } },
          { type: 'user', user_id: 'U1' },
          { type: 'date', timestamp: 1, format: '{time}', fallback: 'then' },
        ),
        { type: 'rich_text_list', style: 'ordered', elements: [richSection({ type: 'link', url: 'https://example.com', text: 'x' })] },
        { type: 'rich_text_quote', elements: [{ type: 'emoji', name: 'wave' }] },
        { type: 'rich_text_preformatted', elements: [{ type: 'text', text: '<!channel>' }] },
      ),
    ],
    ['the same action id in two blocks', actions(button())],
  ])('%s', (_name, block) => {
    expect(validateBlocks([block, actions(button())], 'message')).toEqual([]);
  });

  it('fifty blocks in a message and a hundred in a modal', () => {
    expect(
      validateBlocks(
        many(50, () => ({ type: 'divider' })),
        'message',
      ),
    ).toEqual([]);
    expect(
      validateBlocks(
        many(100, () => ({ type: 'divider' })),
        'modal',
      ),
    ).toEqual([]);
  });
});

describe('refuses', () => {
  it.each<[string, object, string, string]>([
    ['an unknown block', { type: 'alert', text: mrkdwn('x') }, 'unsupported_type', '/blocks/0/type'],
    ['no type at all', { text: mrkdwn('x') }, 'missing_field', '/blocks/0'],
    ['an unknown field', section({ colour: 'red' }), 'unknown_field', '/blocks/0'],
    ['a section of 3,001 characters', section({ text: mrkdwn(long(3001)) }), 'too_long', '/blocks/0/text/text'],
    ['an empty text', section({ text: mrkdwn('') }), 'too_short', '/blocks/0/text/text'],
    ['a section with neither text nor fields', { type: 'section' }, 'missing_field', '/blocks/0'],
    ['eleven fields', { type: 'section', fields: many(11, () => mrkdwn('x')) }, 'too_many', '/blocks/0/fields'],
    ['a field of 2,001 characters', { type: 'section', fields: [mrkdwn(long(2001))] }, 'too_long', '/blocks/0/fields/0/text'],
    ['a header of 151 characters', { type: 'header', text: plain(long(151)) }, 'too_long', '/blocks/0/text/text'],
    ['markup in a header', { type: 'header', text: mrkdwn('x') }, 'invalid_value', '/blocks/0/text/type'],
    ['eleven context elements', { type: 'context', elements: many(11, () => mrkdwn('x')) }, 'too_many', '/blocks/0/elements'],
    ['a button in a context block', { type: 'context', elements: [button()] }, 'unsupported_type', '/blocks/0/elements/0/type'],
    ['an actions block without elements', actions(), 'too_few', '/blocks/0/elements'],
    ['26 buttons', actions(...many(26, (n) => button({ action_id: `go_${n}` }))), 'too_many', '/blocks/0/elements'],
    ['two alike action ids in one block', actions(button(), button()), 'duplicate_action_id', '/blocks/0/elements/1/action_id'],
    ['a button text of 76 characters', actions(button({ text: plain(long(76)) })), 'too_long', '/blocks/0/elements/0/text/text'],
    ['a button value of 2,001 characters', actions(button({ value: long(2001) })), 'too_long', '/blocks/0/elements/0/value'],
    ['an unknown button style', actions(button({ style: 'loud' })), 'invalid_value', '/blocks/0/elements/0/style'],
    [
      'a label of 76 characters',
      actions(button({ accessibility_label: long(76) })),
      'too_long',
      '/blocks/0/elements/0/accessibility_label',
    ],
    ['an action id of 256 characters', actions(button({ action_id: long(256) })), 'too_long', '/blocks/0/elements/0/action_id'],
    [
      'a confirm text of 301 characters',
      actions(button({ confirm: { title: plain('t'), text: plain(long(301)), confirm: plain('y'), deny: plain('n') } })),
      'too_long',
      '/blocks/0/elements/0/confirm/text/text',
    ],
    [
      '101 options',
      actions({ type: 'static_select', options: many(101, (n) => option(`o${n}`)) }),
      'too_many',
      '/blocks/0/elements/0/options',
    ],
    ['a menu without options', actions({ type: 'static_select' }), 'missing_field', '/blocks/0/elements/0'],
    [
      'an option text of 76 characters',
      actions({ type: 'static_select', options: [option('a', long(76))] }),
      'too_long',
      '/blocks/0/elements/0/options/0/text/text',
    ],
    [
      'an option value of 76 characters',
      actions({ type: 'static_select', options: [option(long(76), 'a')] }),
      'too_long',
      '/blocks/0/elements/0/options/0/value',
    ],
    [
      'eleven radio buttons',
      actions({ type: 'radio_buttons', options: many(11, (n) => option(`o${n}`)) }),
      'too_many',
      '/blocks/0/elements/0/options',
    ],
    [
      'six overflow options',
      actions({ type: 'overflow', options: many(6, (n) => option(`o${n}`)) }),
      'too_many',
      '/blocks/0/elements/0/options',
    ],
    [
      'a preselected option that is not there',
      actions({ type: 'radio_buttons', options: [option('a')], initial_option: option('b') }),
      'invalid_initial_option',
      '/blocks/0/elements/0/initial_option',
    ],
    [
      'a day that does not exist',
      actions({ type: 'datepicker', initial_date: '2026-02-30' }),
      'invalid_format',
      '/blocks/0/elements/0/initial_date',
    ],
    ['an image without alt text', { type: 'image', image_url: 'https://example.com/a.png' }, 'missing_field', '/blocks/0'],
    ['an input in a message', input({ type: 'plain_text_input', action_id: 'x' }), 'unsupported_type', '/blocks/0/type'],
    ['an empty rich text element', richText(richSection({ type: 'text', text: '' })), 'too_short', '/blocks/0/elements/0/elements/0/text'],
    [
      'a mention in preformatted text',
      richText({ type: 'rich_text_preformatted', elements: [{ type: 'user', user_id: 'U1' }] }),
      'unsupported_type',
      '/blocks/0/elements/0/elements/0/type',
    ],
  ])('%s', (_name, block, code, pointer) => {
    expect(validateBlocks([block], 'message')).toMatchObject([{ code, pointer }]);
  });

  it('51 blocks in a message and 101 in a modal', () => {
    expect(
      validateBlocks(
        many(51, () => ({ type: 'divider' })),
        'message',
      ),
    ).toMatchObject([{ code: 'too_many', pointer: '/blocks' }]);
    expect(
      validateBlocks(
        many(101, () => ({ type: 'divider' })),
        'modal',
      ),
    ).toMatchObject([{ code: 'too_many', pointer: '/blocks' }]);
  });

  it('two blocks with one id', () => {
    const blocks = [
      { type: 'divider', block_id: 'a' },
      { type: 'divider', block_id: 'a' },
    ];
    expect(validateBlocks(blocks, 'message')).toMatchObject([{ code: 'duplicate_block_id', pointer: '/blocks/1/block_id' }]);
  });

  it('names every problem at once', () => {
    const problems = validateBlocks([{ type: 'header', text: plain(long(151)) }, actions(button({ value: 7, style: 'loud' }))], 'message');
    expect(problems.map((problem) => problem.pointer)).toEqual([
      '/blocks/0/text/text',
      '/blocks/1/elements/0/value',
      '/blocks/1/elements/0/style',
    ]);
  });
});

describe('a view', () => {
  const modal = (changes: object = {}) => ({ type: 'modal', title: plain('Title'), blocks: [], ...changes });

  it.each<[string, object, string, string]>([
    ['a title of 25 characters', modal({ title: plain(long(25)) }), 'too_long', '/view/title/text'],
    ['a submit of 25 characters', modal({ submit: plain(long(25)) }), 'too_long', '/view/submit/text'],
    ['3,001 characters of private metadata', modal({ private_metadata: long(3001) }), 'too_long', '/view/private_metadata'],
    ['a callback id of 256 characters', modal({ callback_id: long(256) }), 'too_long', '/view/callback_id'],
    ['no title', { type: 'modal', blocks: [] }, 'missing_field', '/view'],
    ['inputs without a submit button', modal({ blocks: [input({ type: 'plain_text_input', action_id: 'x' })] }), 'missing_field', '/view'],
    ['a home tab with a title', { type: 'home', blocks: [], title: plain('x') }, 'unknown_field', '/view'],
    ['an unknown type', { type: 'workflow_step', blocks: [] }, 'unsupported_type', '/view/type'],
    [
      'a typed limit that cannot be met',
      modal({ submit: plain('Send'), blocks: [input({ type: 'plain_text_input', min_length: 9, max_length: 5 })] }),
      'invalid_range',
      '/view/blocks/0/element/min_length',
    ],
    [
      'a button as an input',
      modal({ submit: plain('Send'), blocks: [input(button())] }),
      'unsupported_type',
      '/view/blocks/0/element/type',
    ],
  ])('is refused with %s', (_name, view, code, pointer) => {
    expect(validateView(view)).toMatchObject([{ code, pointer }]);
  });

  it('is taken with every kind of input the house set has', () => {
    const elements = [
      { type: 'plain_text_input', multiline: true, max_length: 3000 },
      { type: 'radio_buttons', options: many(10, (n) => option(`o${n}`)), initial_option: option('o3') },
      { type: 'checkboxes', options: [option('a'), option('b')], initial_options: [option('b')] },
      { type: 'static_select', options: [option('a')] },
      { type: 'multi_static_select', options: [option('a')] },
      { type: 'users_select', initial_user: 'U0ANA00001' },
      { type: 'multi_users_select' },
      { type: 'datepicker', initial_date: '2026-11-23' },
      { type: 'timepicker', initial_time: '23:59' },
      { type: 'datetimepicker', initial_date_time: 1_763_880_000 },
      { type: 'email_text_input' },
      { type: 'url_text_input' },
      { type: 'number_input', is_decimal_allowed: false },
    ];
    expect(validateView(modal({ submit: plain('Send'), blocks: elements.map((element) => input(element)) }))).toEqual([]);
  });
});

it("speaks in Slack's own kind of sentence", () => {
  const [problem] = validateBlocks([{ type: 'header', text: plain(long(151)) }], 'message');
  expect(problem && asSlackMessage(problem)).toBe('[ERROR] must be less than 151 characters [json-pointer:/blocks/0/text/text]');
});

it('never throws, whatever it is given, and gives the same answer twice', () => {
  assertProperty(
    property(jsonValue(), (value) => {
      expect(validateBlocks([value], 'message')).toEqual(validateBlocks([value], 'message'));
      expect(validateView(value).length).toBeGreaterThan(0);
    }),
    { seed: 11, numRuns: 200 },
  );
});
