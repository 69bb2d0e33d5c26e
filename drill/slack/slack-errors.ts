/** What Slack shows when the app behind it does not answer. Our wording of its behaviour; the product never sees it. */
export const NO_ANSWER = {
  shortcut: 'We had some trouble connecting. Try again?',
  submit: 'We had some trouble connecting. Try again?',
  click: 'This app did not respond in time. (A warning sign stands beside the button.)',
  noModal: 'The app answered, but nothing opened.',
} as const;

/** A person tried something and Slack told them, in this text, that it did not work. */
export class SlackSaid extends Error {
  readonly text: string;

  constructor(text: string) {
    super(text);
    this.name = 'SlackSaid';
    this.text = text;
  }
}
