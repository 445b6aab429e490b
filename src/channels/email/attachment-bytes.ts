/** Reads attachments to the last byte before anything is sent, never more than a message may hold. */
import { constants } from 'node:fs'
import { open, realpath } from 'node:fs/promises'
import { basename, isAbsolute, relative, sep } from 'node:path'
import { NotifyError, type Issue } from '../../core/errors.ts'
import { invalid } from '../../core/parse.ts'
import { untilAborted } from '../../core/until-aborted.ts'
import { CallerStream } from './attachment-stream.ts'
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
  /** Streams are read once for it, however often it is tried. */
  readonly deliveryId: string
}

/**
 * @throws {NotifyError} PAYLOAD_TOO_LARGE
 * @throws {NotifyError} INVALID_MESSAGE, where a file or stream cannot be read
 */
export async function loadAttachments(
  attachments: readonly Attachment[],
  limits: LoadLimits,
): Promise<LoadedAttachment[]> {
  const streams = new Map(
    attachments.flatMap(({ content }, index) =>
      isStream(content) ? [[index, new CallerStream(content, limits.deliveryId)] as const] : [],
    ),
  )
  const stop = () => streams.forEach((stream) => stream.stop())
  limits.signal.addEventListener('abort', stop, { once: true })
  try {
    return await loadEach(attachments, streams, limits)
  } catch (cause) {
    stop()
    throw cause
  } finally {
    limits.signal.removeEventListener('abort', stop)
  }
}

async function loadEach(
  attachments: readonly Attachment[],
  streams: ReadonlyMap<number, CallerStream>,
  limits: LoadLimits,
): Promise<LoadedAttachment[]> {
  const loaded: LoadedAttachment[] = []
  let left = limits.maxBytes
  for (const [index, attachment] of attachments.entries()) {
    const stream = streams.get(index)
    const own = { ...limits, maxBytes: left }
    const bytes = await (stream ? readStream(stream, own) : read(attachment, own)).catch((cause: unknown) => {
      throw unreadable(`attachments.${index}.${attachment.path === undefined ? 'content' : 'path'}`, cause)
    })
    left -= bytes.length
    if (left < 0) throw tooLarge(limits.maxBytes)
    const { contentType, contentId, filename, path = '' } = attachment
    loaded.push({ filename: filename ?? basename(path), bytes, contentType, contentId })
  }
  return loaded
}

function isStream(content: AttachmentContent | undefined): content is AsyncIterable<string | Uint8Array> {
  return typeof content === 'object' && !(content instanceof Uint8Array)
}

export function tooLarge(maxBytes: number): NotifyError {
  return new NotifyError('PAYLOAD_TOO_LARGE', `The message is larger than maxBytes (${maxBytes})`)
}

async function read({ content, path, encoding }: Attachment, limits: LoadLimits): Promise<Buffer> {
  if (path !== undefined) return readFile(path, limits)
  if (content instanceof Uint8Array)
    return Buffer.from(content.buffer, content.byteOffset, content.byteLength)
  return Buffer.from(typeof content === 'string' ? content : '', encoding)
}

async function readStream(stream: CallerStream, limits: LoadLimits): Promise<Buffer> {
  const bytes = stream.kept ?? (await readAll(stream, limits))
  stream.keep(bytes)
  return bytes
}

async function readAll(stream: CallerStream, { maxBytes, signal }: LoadLimits): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  const source = stream.chunks()
  for (;;) {
    const { done, value } = await untilAborted(source.next(), signal)
    if (done) return Buffer.concat(chunks)
    const bytes = Buffer.from(value as Uint8Array)
    size += bytes.length
    if (size > maxBytes) throw tooLarge(maxBytes)
    chunks.push(bytes)
  }
}

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
