/** Ids that sort by their time, so that what is kept under them is written side by side: a UUID of version 7 (RFC 9562). */

/** @param now epoch milliseconds */
export function orderedId(now: number): string {
  const time = Math.max(0, Math.floor(now)).toString(16).padStart(12, '0').slice(-12)
  // All but the time and the version are as in a random one.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${crypto.randomUUID().slice(15)}`
}
