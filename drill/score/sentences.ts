// Sentences of the product that hold a word such as "closed" or "nobody" and say nothing about an account that could be
// held against the truth: a rule, an instruction, a promise about the product itself. Any other sentence with such a word
// must be a claim that score-messages.ts judges; one that is neither fails the run.
export const KNOWN_SENTENCES: readonly RegExp[] = [
  // A question says nothing; nor does the name of a step at the beginning of a line about it.
  /\?$/,
  /^(Block sign-in( again)?|Revoke all sessions|Reset the password|Remove sign-in methods|Enable the account again)\b/,

  // Who decides, and why.
  /^If nobody (has called|answers|has answered)\b/,
  /\bnobody can report or decide in Slack\.$/,
  /^Nobody has said yet that they will call\b/,
  /^A person must decide whether the account is blocked\.$/,
  /^Only people enable a blocked account: /,
  /^eradication is done by hand for this kind of account\.$/,
  /, and the logs that would show whether the attacker got in cannot be read;$/,
  /^URGENT, case \d+: an account that an attacker may be using is NOT blocked\b/,
  /: another report came in about this account, and nothing more is done automatically\.$/,
  /^Ask which account it is about, then block sign-in\b/,
  /\bthe automatic block limit was reached\b/i,
  /^too many accounts were blocked in a short time\b/,
  /^it is not known when it was added$/,
  /: it is not known when it was added$/,
  /^Nobody can approve this in Slack: /,
  /\bso nobody can approve this plan now\.$/,
  /^The names in a plan are missing, .*: nobody can approve it in Slack\.$/,
  /^This can wait until morning: nothing gets worse meanwhile, and nobody is paged about it\.$/,
  /^Ask the guest's own company to reset the password\b/,
  /^Correct the cause\b/,
  /^none in the ledger yet$/,
  /^Reports?: none in the ledger yet$/,

  /\badded while the attacker was inside\b/,
  /\bbecause (this account comes from Active Directory|its domain signs in\b.*|it is kept there|one of them cannot be removed through Microsoft Graph)$/,
  /^it is (kept there|about your own account\.|rechecked automatically;|taken for a person\.)$/i,
  /\bit is about your own account\.$/,
  /^, a new plan is made from a fresh read\.$/,
  /^The plan was:$/,
  /^A plan to close the account was approved\./,

  // What kind of account it is, and what was read of it.
  /^This account is protected(, because it is .*)?\. ?$/,
  /^it is (a break-glass account|the account that synchronises the directory|one of the last two (administrators|approvers))$/,
  /^This is a guest\.$/,
  /^(Not ended by this alone\. )?This is a guest\.$/,
  /^(One activity|\d+ activities) of this account (was|were) seen\b/,

  /^They are read again automatically;$/,
  /^This says that the automatic block of the account was right\.$/,
  /\bso there is nothing to resume\.$/,
  /^By resuming you take note of it: /,

  // What a hold, a no, a release or an undo does.
  /^Approved plans are paused\b/,
  /^Blocks stay in place\b/,
  /^The case is on hold: nothing more of this plan is done until\b/,
  /^No plan is carried out until an approver presses\b/,
  /^If you decline, nothing of this plan is done\b/,
  /^This requests a plan: a new password, and the account enabled again\.$/,
  /^The plan is made only if the complete logs show no sign-in of an attacker\.$/,
  /^The logs are complete and show no sign-in of an attacker\.$/,
  /^It changes nothing else\.$/,
  /^Nothing of it was done\.$/,
  /^What was not done of this plan is not done any more\.$/,

  /^The account is rechecked automatically\b/,

  // What did not count, or was not saved.
  /\bnothing was (saved|done|opened)\.?$/i,
  /^Nothing was counted against you\.$/,
  /^Case \d+ is closed, so nothing more can be decided in it\.$/,
  /\bso that nobody is asked any more\.$/,
  /\bthere is nothing to confirm\b/,
  /\bone undo is made at a time, and none while\b/,
  /\byour own account is disabled\.$/,
  /\byour own account was blocked in a case of its own\.$/,
  /\bnothing would have been different\.$/,
  /\bnothing was changed in this case that can be undone\.$/,
  /\bshow a sign-in of the attacker\.?$/,

  /^This try was recorded;$/,
  /\bnames a Slack account that has been deactivated\b/,

  // Advice.
  /^Call the person who holds this account, on a number you know\.$/,
  /\b(report|reported|reports) (is|are|was|were) told to call: /,
  /^this channel is shared with another organisation$/,
  /\btell them to approve no further prompt\b/,
  /^Entra admin center, Users, this person\b/,
  /: Entra admin center, Users, this person\b/,
  /^Nothing about this case is shown in this channel\.$/,

  // Why something failed.
  /\bMicrosoft gave our app no token\b/,
  /\bthe change was sent, and fresh reads still show the old state\b/,
  /\bthe account had changed since the plan was made\b/,
  /\bnothing is changed without it\b/,
  /\bthe ledger holds an entry that unapprove did not write\b/,
];
