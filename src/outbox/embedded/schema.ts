/**
 * The tables of an embedded outbox, under names that collide with no others: the file may be the caller's own. An index that also held
 * what is not yet due made a long backlog 35 times slower.
 */
import type { JobState } from '../../core/outbox.ts'

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
/** As the index of what has ended says it: SQLite uses the index only where it finds these very words. */
export const HAS_ENDED = `state>=${FIRST_END}`

const VERSION_1 = `
CREATE TABLE notiwire_job(
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
CREATE INDEX notiwire_ready ON notiwire_job(channel, priority DESC, seq) WHERE state=${READY};
CREATE INDEX notiwire_scheduled ON notiwire_job(run_at) WHERE state=${SCHEDULED};
CREATE INDEX notiwire_leased ON notiwire_job(lease_until) WHERE state=${LEASED};
CREATE INDEX notiwire_ended ON notiwire_job(state, ended_at) WHERE ${HAS_ENDED};
CREATE TABLE notiwire_key(key TEXT PRIMARY KEY, id TEXT NOT NULL, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX notiwire_key_until ON notiwire_key(until);
CREATE TABLE notiwire_count(channel TEXT NOT NULL, state INTEGER NOT NULL, jobs INTEGER NOT NULL,
  PRIMARY KEY(channel, state)) STRICT, WITHOUT ROWID;
CREATE TABLE notiwire_paused(channel TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
`

/** What each version adds to the one before it. What has been released is never changed. */
export const VERSIONS: readonly string[] = [VERSION_1]
