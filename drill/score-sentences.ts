// Sentences of the product that hold a word such as "closed" or "nobody" and say nothing about an account that could be
// held against the truth: a rule, an instruction, a promise about the product itself. Any other sentence with such a word
// must be a claim that score-messages.ts judges; one that is neither fails the run.
export const KNOWN_SENTENCES: readonly RegExp[] = [
  // A question says nothing; nor does the name of a step at the beginning of a line about it.
  /\?$/,
  /^(Block sign-in( again)?|End all sessions|Reset the password|Remove ways to sign in|Open the account again)\b/,

  // Who decides, and why.
  /^If nobody (has called|answers|has answered)\b/,
  /\bnobody can report or decide in Slack\.$/,
  /^Nobody has said yet that they will call\b/,
  /^Whether the account is blocked is for a person to say\.$/,
  /^(Too )?many accounts were blocked by policy in a short time\b/i,
  /^too many accounts were blocked by policy$/,
  /^nobody can say when it was added$/,
  /: nobody can say when it was added$/,
  /^Nobody can approve (this|it) here: /,
  /\bso nobody can approve this plan now\.$/,
  /^The names in a plan are missing, .*: nobody can approve it in Slack\.$/,
  /^This can wait until morning: nothing gets worse meanwhile, and nobody is called about it\.$/,
  /^Ask the guest's own company to reset the password\b/,
  /^Put right what stands in the way\b/,
  /^none on the record yet$/,
  /^Reports?: none on the record yet$/,

  /\badded while the intruder was inside\b/,
  /\bbecause (this account comes from Active Directory|its domain signs in\b.*|it is kept there|one of them cannot be removed by a program)$/,
  /^it is (kept there|about your own account\.|looked at again by itself;|taken for a person\.)$/i,
  /\bit is about your own account\.$/,
  /^, it is made anew from what is there then\.$/,
  /^It was this:$/,
  /^A plan to close the account was approved\./,

  // What kind of account it is, and what was read of it.
  /^This account is protected(, because it is .*)?\. ?$/,
  /^it is (a break-glass account|the account that synchronises the directory|one of the last two (administrators|approvers))$/,
  /^This is a guest\.$/,
  /^(Not ended by this alone\. )?This is a guest\.$/,
  /^(One act|\d+ acts) of this account (was|were) seen\b/,

  // What a hold, a no, a release or an undo does.
  /^What is shut stays shut\b/,
  /^No plan is carried further\b/,
  /^The case is on hold: nothing more of this is done until\b/,
  /^Nothing goes on until an approver presses\b/,
  /^If you decline, nothing of this plan is done\b/,
  /^This asks for a plan: a new password, and the account opened again\.$/,
  /^It is made only if the complete logs show that nobody got in\.$/,
  /^The logs are complete, and show that nobody got in\.$/,
  /^It changes nothing else\.$/,
  /^Nothing of it was done\.$/,
  /^What was not done of this one is not done any more\.$/,

  /^The account is looked at again by itself\b/,

  // What did not count, or was not saved.
  /\bnothing was (saved|done|opened)\.?$/i,
  /^Nothing was counted against you\.$/,
  /^Case \d+ is finished, so nothing more is decided in it\.$/,
  /\bso that nobody is asked any more\.$/,
  /\bthere is nothing to ratify\b/,
  /\bone undo is made at a time, and none while\b/,
  /\byour own account is disabled\.$/,
  /\byour own account was closed in a case of its own\.$/,
  /\bnothing would have been different\.$/,
  /\bnothing was changed in this case that can be taken back\.$/,
  /\bshow that somebody got in\.$/,

  /^This try was written down;$/,
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
  /\bit was sent, and fresh reads still show the old state\b/,
  /\bthe account had changed since the plan was made\b/,
  /\bwithout it nothing is changed\b/,
  /\bthe record holds something that nobody here should have written\b/,
];
