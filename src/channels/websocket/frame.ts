/** Encodes a WebSocket text frame once, so that every socket of a fan-out shares the same bytes. */

const FINAL_TEXT = 0x81

/** A complete, unmasked text frame as servers send it. Source: RFC 6455, section 5.2. */
export function encodeText(text: string): Buffer {
  const length = Buffer.byteLength(text)
  const head = headLength(length)
  const frame = Buffer.allocUnsafeSlow(head + length)
  frame[0] = FINAL_TEXT
  if (head === 2) frame[1] = length
  else if (head === 4) {
    frame[1] = 126
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = 127
    frame.writeBigUInt64BE(BigInt(length), 2)
  }
  frame.write(text, head)
  return frame
}

/** Bytes of the text in a frame made by {@link encodeText}. */
export function payloadLength(frame: Buffer): number {
  const marker = frame[1] ?? 0
  if (marker < 126) return frame.length - 2
  return frame.length - (marker === 126 ? 4 : 10)
}

/** The text in a frame made by {@link encodeText}. */
export function payloadText(frame: Buffer): string {
  return frame.toString('utf8', frame.length - payloadLength(frame))
}

function headLength(length: number): 2 | 4 | 10 {
  if (length < 126) return 2
  return length < 65_536 ? 4 : 10
}
