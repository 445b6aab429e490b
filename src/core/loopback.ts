/** Which hosts are this machine, where nobody can listen in between. */

/** True for `localhost`, 127.0.0.0/8 and ::1, bracketed or not; names below localhost may be resolved elsewhere. */
export function isLoopback(host: string): boolean {
  return /^(localhost\.?|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host)
}
