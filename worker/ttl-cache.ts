// Twenty cases at once ask the database the same question sixty times in two seconds, and the answer changes once a day.

/** Asks once and shares the answer within its time to live. Failures are not cached. */
export function ttlCache<Value>(ms: number, ask: () => Promise<Value>): () => Promise<Value> {
  let kept: { readonly answer: Promise<Value>; readonly untilMs: number } | null = null;
  return () => {
    if (kept !== null && Date.now() < kept.untilMs) return kept.answer;
    const asked = { answer: ask(), untilMs: Date.now() + ms };
    kept = asked;
    asked.answer.catch(() => {
      if (kept === asked) kept = null;
    });
    return asked.answer;
  };
}
