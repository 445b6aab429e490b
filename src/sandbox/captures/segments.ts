/**
 * How many parts a text message takes.
 * Sources, read 2026-11-27: https://help.aliyun.com/en/sms/product-overview/billing-overview (mainland: 70 characters, then
 * 67 for each part, whatever they are; abroad 160 and 153 of the GSM alphabet, else 70 and 67), 3GPP TS 23.038 (its letters).
 */

export interface Segments {
  readonly encoding: 'GSM-7' | 'UCS-2'
  /** As the encoding counts: a character beyond the basic table takes two. */
  readonly characters: number
  readonly segments: number
  readonly charactersLeft: number
}

const BASIC =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà'
const EXTENDED = '\f^{}\\[~]|€'

/** @param isMainland every character counts as one, and the alphabet is always the large one */
export function segmentsOf(text: string, isMainland: boolean): Segments {
  const isGsm = !isMainland && [...text].every((char) => BASIC.includes(char) || EXTENDED.includes(char))
  const characters = isGsm ? gsmLength(text) : text.length
  const [single, part] = isGsm ? [160, 153] : [70, 67]
  const segments = characters <= single ? 1 : Math.ceil(characters / part)
  const room = segments === 1 ? single : segments * part
  return { encoding: isGsm ? 'GSM-7' : 'UCS-2', characters, segments, charactersLeft: room - characters }
}

function gsmLength(text: string): number {
  return [...text].reduce((length, char) => length + (EXTENDED.includes(char) ? 2 : 1), 0)
}
