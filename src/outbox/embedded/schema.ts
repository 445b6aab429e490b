/** The tables of an embedded outbox. An index that also held what is not yet due made a long backlog 35 times slower. */

export const SCHEMA_VERSION = 1

export const STATES = ['ready', 'leased', 'done', 'dead', 'cancelled', 'scheduled'] as const
export const [READY, LEASED, DONE, DEAD, CANCELLED, SCHEDULED] = [0, 1, 2, 3, 4, 5] as const

export const SCHEMA = `
CREATE TABLE job(
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  channel TEXT NOT NULL,
  payload TEXT NOT NULL,
  state INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  run_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  max_attempts INTEGER NOT NULL,
  is_ambiguous INTEGER NOT NULL DEFAULT 0,
  lease TEXT,
  lease_until INTEGER,
  finished_at INTEGER,
  error TEXT
) STRICT;
CREATE INDEX job_ready ON job(channel, priority DESC, seq) WHERE state=${READY};
CREATE INDEX job_scheduled ON job(run_at) WHERE state=${SCHEDULED};
CREATE INDEX job_leased ON job(lease_until) WHERE state=${LEASED};
CREATE INDEX job_finished ON job(finished_at) WHERE state IN (${DONE}, ${DEAD}, ${CANCELLED});
CREATE TABLE job_key(key TEXT PRIMARY KEY, id TEXT NOT NULL, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX job_key_until ON job_key(until);
`
