// The view after sending. It says only that the report is stored, because no one is informed yet. The number to call
// comes from our configuration, never from Slack.
import type { ModalView } from '@slack/types';
import { callForThem, foreignWorkspace, noCallYet, RECEIVED, reference, securityCalls } from '../wording.ts';
import { plain } from './report-modal.ts';
import { bullets, line, paragraph, richText, strong } from './rich-text.ts';

export interface ReportReceivedView {
  readonly callBackNumber: string;
  /** Short and easy to read out on the phone. */
  readonly reference: string;
  readonly aboutOther: boolean;
}

export function reportReceived(view: ReportReceivedView): ModalView {
  return {
    type: 'modal',
    title: plain(RECEIVED.title),
    close: plain(RECEIVED.close),
    blocks: [
      { type: 'section', text: plain(RECEIVED.thanks) },
      richText(
        line(strong(RECEIVED.nowHeading)),
        bullets((view.aboutOther ? RECEIVED.nowAboutOther : RECEIVED.now).map((advice) => [advice])),
        paragraph(),
        paragraph(RECEIVED.neverAsked, ' ', securityCalls(view.callBackNumber)),
        line(strong(view.aboutOther ? callForThem(view.callBackNumber) : noCallYet(view.callBackNumber))),
      ),
      { type: 'context', elements: [plain(reference(view.reference))] },
    ],
  };
}

/** For a person of another company's workspace: nothing is stored. */
export function notFromHere({ callBackNumber }: { readonly callBackNumber: string }): ModalView {
  return {
    type: 'modal',
    title: plain('Nothing was saved'),
    close: plain(RECEIVED.close),
    blocks: [{ type: 'section', text: plain(foreignWorkspace(callBackNumber)) }],
  };
}
