/** The tables of an embedded outbox. An index that also held what is not yet due made a long backlog 35 times slower. */
import type { JobState } from '../../core/outbox.ts'

export const SCHEMA_VERSION = 1

/** By their number in the file. */
export const STATES: readonly JobState[] = [
  'ready',
  'scheduled',
  'leased',
  'done',
  'dead',
  'unknown',
  'cancelled',
]
export const [READY, SCHEDULED, LEASED, DONE, DEAD, UNKNOWN, CANCELLED] = [0, 1, 2, 3, 4, 5, 6] as const
/** This state and those after it have ended. */
export const FIRST_END = DONE

export const SCHEMA = `
CREATE TABLE job(
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  channel TEXT NOT NULL,
  payload TEXT NOT NULL,
  state INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  run_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  is_ambiguous INTEGER NOT NULL DEFAULT 0,
  is_cancelled INTEGER NOT NULL DEFAULT 0,
  owner TEXT,
  lease INTEGER,
  lease_ms INTEGER,
  lease_until INTEGER,
  ended_at INTEGER,
  record TEXT
) STRICT;
CREATE INDEX job_ready ON job(channel, priority DESC, seq) WHERE state=${READY};
CREATE INDEX job_scheduled ON job(run_at) WHERE state=${SCHEDULED};
CREATE INDEX job_leased ON job(lease_until) WHERE state=${LEASED};
CREATE INDEX job_ended ON job(state, ended_at) WHERE state>=${FIRST_END};
CREATE TABLE job_key(key TEXT PRIMARY KEY, id TEXT NOT NULL, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX job_key_until ON job_key(until);
CREATE TABLE job_count(channel TEXT NOT NULL, state INTEGER NOT NULL, jobs INTEGER NOT NULL,
  PRIMARY KEY(channel, state)) STRICT, WITHOUT ROWID;
CREATE TABLE paused(channel TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
`
