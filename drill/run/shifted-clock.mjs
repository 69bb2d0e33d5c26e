// Loaded before a program (node --import), it shifts that program's clock, as on a machine whose clock is wrong.
// PRACTICE_CLOCK_AHEAD_MS says how far ahead; a negative number is behind.
const aheadMs = Number(process.env['PRACTICE_CLOCK_AHEAD_MS'] ?? 0);
const RealDate = Date;
const now = () => RealDate.now() + aheadMs;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  apply: () => new RealDate(now()).toString(),
  get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
});
