/** Reads attachments to the last byte before anything is sent, never more than a message may hold. */
import { constants } from 'node:fs'
import { open, realpath } from 'node:fs/promises'
import { basename, isAbsolute, relative, sep } from 'node:path'
import { Readable } from 'node:stream'
import { NotifyError, type Issue } from '../../core/errors.ts'
import { invalid } from '../../core/parse.ts'
import type { Attachment, AttachmentContent } from './attachment.ts'

export interface LoadedAttachment {
  readonly filename: string
  readonly bytes: Buffer
  readonly contentType: string | undefined
  readonly contentId: string | undefined
}

export interface LoadLimits {
  readonly maxBytes: number
  /** Folders that files may be read from. */
  readonly roots: readonly string[]
  readonly signal: AbortSignal
}

/**
 * @throws {NotifyError} PAYLOAD_TOO_LARGE
 * @throws {NotifyError} INVALID_MESSAGE, where a file or stream cannot be read
 */
export async function loadAttachments(
  attachments: readonly Attachment[],
  limits: LoadLimits,
): Promise<LoadedAttachment[]> {
  for (const { content } of attachments) hearErrors(content)
  const loaded: LoadedAttachment[] = []
  let left = limits.maxBytes
  for (const [index, attachment] of attachments.entries()) {
    const bytes = await read(attachment, index, { ...limits, maxBytes: left })
    left -= bytes.length
    if (left < 0) throw tooLarge(limits.maxBytes)
    const { contentType, contentId, filename, path = '' } = attachment
    loaded.push({ filename: filename ?? basename(path), bytes, contentType, contentId })
  }
  return loaded
}

/** A stream that fails before its turn would end the process: nobody listens to it yet. */
function hearErrors(content: AttachmentContent | undefined): void {
  if (content instanceof Readable) content.on('error', () => undefined)
}

export function tooLarge(maxBytes: number): NotifyError {
  return new NotifyError('PAYLOAD_TOO_LARGE', `The message is larger than maxBytes (${maxBytes})`)
}

async function read(attachment: Attachment, index: number, limits: LoadLimits): Promise<Buffer> {
  const { content, path, encoding } = attachment
  if (path !== undefined) {
    return readFile(path, limits).catch((cause: unknown) => {
      throw unreadable(`attachments.${index}.path`, cause)
    })
  }
  if (typeof content === 'string') return Buffer.from(content, encoding)
  if (content instanceof Uint8Array)
    return Buffer.from(content.buffer, content.byteOffset, content.byteLength)
  return readStream(content ?? '', limits).catch((cause: unknown) => {
    throw unreadable(`attachments.${index}.content`, cause)
  })
}

async function readStream(content: AttachmentContent, { maxBytes, signal }: LoadLimits): Promise<Buffer> {
  if (wasRead(content)) throw new Error('it was read before; a message with a stream can be sent once')
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of content as AsyncIterable<string | Uint8Array>) {
    if (signal.aborted) break
    const bytes = Buffer.from(chunk as Uint8Array)
    size += bytes.length
    if (size > maxBytes) throw tooLarge(maxBytes)
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}

const wasRead = (content: AttachmentContent) =>
  typeof content === 'object' && 'readableDidRead' in content && content.readableDidRead === true

/** Resolves links first: a link inside a root may lead out of it. */
async function readFile(path: string, { roots, maxBytes }: LoadLimits): Promise<Buffer> {
  const real = await realpath(path)
  const allowed = await Promise.all(roots.map((root) => realpath(root).catch(() => undefined)))
  if (!allowed.some((root) => root !== undefined && isInside(root, real))) {
    throw new Error('expected a file under one of allowFileRoots')
  }
  // Not blocking, and no link put in its place since: a pipe or device would hang or never end.
  const file = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const stat = await file.stat()
    if (!stat.isFile()) throw new Error('expected a regular file')
    if (stat.size > maxBytes) throw tooLarge(maxBytes)
    return await file.readFile()
  } finally {
    await file.close()
  }
}

function isInside(root: string, path: string): boolean {
  const way = relative(root, path)
  return way !== '' && !isAbsolute(way) && way !== '..' && !way.startsWith(`..${sep}`)
}

/** Without the path, which names people more often than one thinks. */
function unreadable(path: string, cause: unknown): NotifyError {
  if (NotifyError.isNotifyError(cause)) return cause
  const { code, message } = cause as NodeJS.ErrnoException
  const issue: Issue = { path, message: code === undefined ? message : `cannot be read (${code})` }
  return invalid('INVALID_MESSAGE', [issue])
}
