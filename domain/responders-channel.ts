// The responders' channel, where paged people find a case: its name, and links that Slack opens on a phone and on a
// computer.
export interface PageLink {
  readonly href: string;
  readonly text: string;
}

export interface RespondersChannel {
  /** `#responders`, or a description. */
  readonly name: string;
  readonly links: readonly PageLink[];
}

export interface ChannelSettings {
  readonly team: string;
  readonly channel: string;
  /** Without `#`; null where the operator did not set it. */
  readonly channelName: string | null;
  /** Cases whose subject reads the first channel are shown there. */
  readonly standbyChannel: string | null;
}

const UNNAMED = "the responders' channel";

export function respondersChannel({ team, channel, channelName, standbyChannel }: ChannelSettings): RespondersChannel {
  const name = channelName === null ? UNNAMED : `#${channelName}`;
  const link = (id: string, text: string): PageLink => ({ href: channelLink(team, id), text });
  return {
    name,
    links: [
      link(channel, `Open ${name} in Slack`),
      ...(standbyChannel === null ? [] : [link(standbyChannel, 'If the case is not shown there: the standby channel')]),
    ],
  };
}

/** Slack's own redirect: it opens the app where there is one, and the browser elsewhere. */
function channelLink(team: string, channel: string): string {
  const link = new URL('https://slack.com/app_redirect');
  link.searchParams.set('team', team);
  link.searchParams.set('channel', channel);
  return link.href;
}
