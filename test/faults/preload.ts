/**
 * Loaded into each function's process before its bundle: makes its AWS requests tell which process
 * sends them, and sets its clock wrong.
 */
const {
  RESCIND_FAULTS_NAME: name = '',
  RESCIND_FAULTS_SKEW_MS,
  RESCIND_LANE: lane = '',
} = process.env;

process.env.AWS_SDK_UA_APP_ID = [name, lane, process.pid].join('.');

const skew = Number(RESCIND_FAULTS_SKEW_MS ?? 0);
if (skew !== 0) {
  const Real = Date;
  const now = () => Real.now() + skew;
  globalThis.Date = new Proxy(Real, {
    construct: (target, given, newTarget) =>
      Reflect.construct(target, given.length === 0 ? [now()] : given, newTarget),
    get: (target, property, receiver) =>
      property === 'now' ? now : Reflect.get(target, property, receiver),
  });
}
