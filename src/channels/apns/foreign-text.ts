/** Texts of others, made short enough for an error without leaving half a secret that nobody recognises any more. */

const DEVICE_TOKEN = /[0-9a-f]{16,}/gi
const JWT = /eyJ[\w-]*(?:\.[\w-]*){0,2}/g

/** What looks like a device token or a JWT is cut out before the text is. */
export function shortened(text: string, maxLength: number): string {
  return text.replace(JWT, '[redacted]').replace(DEVICE_TOKEN, '[redacted]').slice(0, maxLength)
}
