/**
 * Writes a compiled message out in one go: the same bytes as nodemailer's streams, without a stream per part, which
 * take most of the time of a small message.
 */
import type MimeNode from 'nodemailer/lib/mime-node'
import type { Nodemailer } from './library.ts'

type Encoders = Pick<Nodemailer, 'base64' | 'qp'>
type Chunk = string | Buffer

/** Bytes of one part. Larger ones are left to the streams, which let others have a turn; they encode by 64 KiB. */
const MAX_PART = 64 * 1024

/** The whole message, or nothing where a part is too large to be written at once. */
export function writeTree(root: MimeNode, encoders: Encoders): Buffer | undefined {
  if (!isSmall(root)) return undefined
  const chunks: Chunk[] = []
  writeNode(root, encoders, chunks)
  const last = chunks.at(-1)
  if (!last?.toString('latin1').endsWith('\n')) chunks.push('\r\n')
  return joined(chunks)
}

function isSmall({ content = '', childNodes }: MimeNode): boolean {
  const isWritable = typeof content === 'string' || Buffer.isBuffer(content)
  return isWritable && Buffer.byteLength(content) <= MAX_PART && childNodes.every(isSmall)
}

/** As `MimeNode.stream` does. Source: nodemailer 10.6.0, lib/mime-node. */
function writeNode(node: MimeNode, encoders: Encoders, chunks: Chunk[]): void {
  const encoding = node.getTransferEncoding()
  chunks.push(`${node.buildHeaders()}\r\n\r\n`)
  if (typeof node.content === 'string' || Buffer.isBuffer(node.content)) {
    chunks.push(encoded(node.content, encoding, encoders))
  }
  if (!node.multipart) return
  for (const [index, child] of node.childNodes.entries()) {
    chunks.push(`${index > 0 ? '\r\n' : ''}--${node.boundary || ''}\r\n`)
    writeNode(child, encoders, chunks)
  }
  chunks.push(`\r\n--${node.boundary || ''}--\r\n`)
}

function encoded(content: Chunk, encoding: string | false, { base64, qp }: Encoders): Chunk {
  if (encoding === 'base64') return base64.wrap(base64.encode(content), 76)
  if (encoding === 'quoted-printable') return qp.wrap(qp.encode(content), 76)
  return content
}

function joined(chunks: readonly Chunk[]): Buffer {
  if (chunks.every((chunk) => typeof chunk === 'string')) return Buffer.from(chunks.join(''))
  return Buffer.concat(chunks.map((chunk) => (typeof chunk === 'string' ? Buffer.from(chunk) : chunk)))
}
