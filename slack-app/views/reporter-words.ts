// On the card: what reporters wrote, as quotes. The attacker may have written it, so it is shown in rich text, where
// nothing is parsed, one line per answer, and cut to a length.
import type { RichTextBlock, RichTextQuote } from '@slack/types';
import type { CaseView, ReportView } from '../../domain/case/view.ts';
import { shown, type Untrusted } from '../untrusted.ts';
import { readReportWith, WRITTEN } from '../wording.ts';
import { type Names, personPieces } from './person.ts';
import { line, paragraph, strong } from './rich-text.ts';

type Elements = RichTextBlock['elements'];

/** The text of one report; null where nothing was written. */
export interface Written {
  readonly contacted: Untrusted | null;
  readonly more: Untrusted | null;
  readonly reach: Untrusted | null;
}

/** By the key of the report; null when the text does not match the ledger. */
export type WrittenWords = ReadonlyMap<string, Written | null>;

/** A card has room for the newest ones; `unapprove case` shows all of them. */
export const MOST_REPORTS = 3;
const LONGEST: Readonly<Record<keyof Written, number>> = { contacted: 300, more: 300, reach: 120 };

export function reporterWords({ reports, number }: CaseView, words: WrittenWords, names: Names): Elements {
  const written = reports.filter(({ hasWords }) => hasWords);
  if (written.length === 0) return [];
  const older = written.length - MOST_REPORTS;
  return [
    ...written.slice(-MOST_REPORTS).flatMap((report) => wordsOf(report, words.get(report.key) ?? null, names)),
    paragraph(...(older > 0 ? [`${WRITTEN.older(older)} `] : []), readReportWith(number)),
  ];
}

function wordsOf({ reporter, shownSha256 }: ReportView, written: Written | null, names: Names): Elements {
  const who = [strong(WRITTEN.heading), ...personPieces(reporter, names)];
  if (written === null) return [line(...who, `: ${shownSha256 === null ? WRITTEN.unreadable : WRITTEN.unsure}`)];
  const fields = (['contacted', 'more', 'reach'] as const).flatMap((field): Elements => {
    const text = written[field];
    return text === null ? [] : [line(WRITTEN[field]), quote(text, LONGEST[field])];
  });
  return [line(...who, WRITTEN.notChecked), ...fields];
}

const quote = (text: Untrusted, longest: number): RichTextQuote => ({
  type: 'rich_text_quote',
  elements: [{ type: 'text', text: shown(text, longest) }],
});
