/** What the process tells whoever started it. */
export const EXIT = {
  /** All was sent, or is as it should be. */
  ok: 0,
  /** At least one message failed. */
  failed: 1,
  /** The command or the configuration is wrong. */
  usage: 2,
  /** Nothing failed, and nothing was sent: all was skipped by rule, or there was nothing. */
  nothing: 3,
  interrupted: 130,
} as const
