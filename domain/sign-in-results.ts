// What the result code of a row in the sign-in log says: the one place that
// reads these codes. A code that is not listed here is unknown, and unknown is
// never clean.

/**
 * success: a session was given. passed: everything that was asked for was
 * passed, and the sign-in then stopped at a page, a consent or an app's own rule;
 * the session may exist. half-passed: one factor was passed (the password is
 * known), and the sign-in then stopped or was refused. denied: the owner refused
 * the prompt or did not answer it. failed: no factor was passed, or an old token
 * was refused.
 */
export type SignInResult = 'success' | 'passed' | 'half-passed' | 'denied' | 'failed' | 'unknown';

const CODES: Readonly<Record<Exclude<SignInResult, 'unknown'>, readonly number[]>> = {
  success: [0],
  passed: [
    50_105, // The user is not assigned to the app.
    50_125, // Interrupted by registration for password reset.
    50_140, // Interrupted by "Stay signed in?".
    50_177, // The app cannot take an external challenge.
    50_178, // The app cannot take session controls.
    50_199, // Interrupted to confirm the app.
    16_000, // Interrupted to select one of several signed-in accounts.
    16_001, // The selected account has no session here.
    65_001, // Consent is missing.
    65_004, // The user declined consent.
    90_094, // An administrator must consent.
    90_095, // An administrator was asked to consent.
  ],
  'half-passed': [
    50_055, // The right password, expired.
    50_072, // Must register for multifactor authentication.
    50_074, // Multifactor authentication required and not passed.
    50_076, // Multifactor authentication required by policy.
    50_078, // The multifactor authentication that was presented has expired.
    50_079, // Must register for multifactor authentication, by policy.
    50_088, // No more text messages or calls may be sent.
    50_089, // The flow expired before it ended.
    50_097, // Device authentication required.
    50_127, // A broker app is required.
    50_129, // A joined device is required.
    50_131, // Refused by Conditional Access.
    50_135, // The password must be changed for a risk.
    50_142, // The password must be changed, by policy.
    50_144, // The right on-premises password, expired.
    50_155, // Device authentication failed.
    50_158, // An external security challenge was not passed.
    50_187, // Device information is missing.
    50_203, // Must register the authenticator app.
    53_000, // Refused by Conditional Access: the device is not compliant.
    53_001, // The device is not joined.
    53_002, // The app is not approved.
    53_003, // Blocked by Conditional Access.
    53_004, // Registration blocked for a risk.
    53_009, // An app protection policy is required.
    53_010, // Registration blocked by policy.
    53_011, // Blocked for a risk in the home tenant.
    530_021, // The client app is not approved.
    530_022, // The client app is not protected.
    530_032, // Blocked by a security policy for a risk.
    530_034, // Blocked for suspicious activity.
    530_035, // Blocked by security defaults.
  ],
  denied: [500_121],
  failed: [
    50_020, // The account is not known in this tenant.
    50_034, // No such account.
    50_053, // Locked, or from an address known to be malicious.
    50_056, // No password is set.
    50_057, // The account is disabled.
    50_058, // A silent sign-in found no session.
    50_059, // No tenant named.
    50_064, // The credentials could not be validated.
    50_126, // The wrong password.
    50_132, // The session has ended.
    50_133, // The session ended with a password change.
    50_143, // The session belongs to another tenant.
    50_173, // The grant was revoked.
    51_004, // The account is not in the directory.
    70_008, // The token has expired.
    70_043, // The token has expired by policy.
    70_044, // The session has expired by policy.
    81_010, // Seamless single sign-on failed.
    81_012, // Another account is signed in.
    81_014, // Seamless single sign-on found no ticket.
    700_082, // The token expired unused.
    700_084, // The token of a single-page app has expired.
  ],
};

const RESULT_OF: ReadonlyMap<number, SignInResult> = new Map(
  Object.entries(CODES).flatMap(([result, codes]) => codes.map((code) => [code, result as SignInResult] as const)),
);

export const resultOf = (errorCode: number): SignInResult => RESULT_OF.get(errorCode) ?? 'unknown';

/** May the account have been entered with it? An unlisted code counts as yes. */
export const mayHaveEntered = (errorCode: number): boolean => {
  const result = resultOf(errorCode);
  return result === 'success' || result === 'passed' || result === 'unknown';
};
