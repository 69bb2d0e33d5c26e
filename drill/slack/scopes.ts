/** What the practice app was installed with: the bot scopes of the product's manifest, the optional ones ticked. */
export const MANIFEST_BOT_SCOPES: readonly string[] = [
  'chat:write',
  'commands',
  'files:write',
  'groups:read',
  'im:write',
  'usergroups:read',
  'users:read',
  'users:read.email',
  'files:read',
  'groups:history',
];
