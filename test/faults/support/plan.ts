// How much is done, and by what chance: read from the environment that the runner sets, so that a run can be repeated.

/** Without the runner: a bounded set, always the same. */
export const plan = {
  seed: process.env['FAULTS_SEED'] ?? '1',
  /** Milliseconds that random faults go on for at least. */
  soakMs: Number(process.env['FAULTS_SOAK_MS'] ?? 0),
  /** Random kills of one process, at least. */
  kills: Number(process.env['FAULTS_KILLS'] ?? 12),
};
