/** What an app may be called, of which only the bundle id is known. Pure. */

/** Added to the bundle id for other kinds of push, such as `com.example.shop.voip`. */
const SUFFIX = /\.(voip|complication|pushkit\.fileprovider|location-query|push-type\.\w+)$/

/** Such as `Shop` for `com.example.shop`. */
export function appNameOf(topic: string): string {
  const last = topic.replace(SUFFIX, '').split('.').at(-1) ?? topic
  const words = last.replace(/[-_]+/g, ' ').trim() || topic
  return words.charAt(0).toUpperCase() + words.slice(1)
}
