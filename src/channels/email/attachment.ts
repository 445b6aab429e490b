/** One attachment: bytes, text, a stream, or a file under an allowed root. Never a URL. */
import * as z from 'zod'
import { headerText } from './headers.ts'

/** `type/subtype`, with parameters; `multipart` would be read as a part of the message's own structure. */
const CONTENT_TYPE = /^(?!multipart\/)[\w.+-]+\/[\w.+-]+(; ?[\w-]+=[\w.+-]+)*$/i
const CONTENT_ID = /^[\w.!#$%&'*+/=?^`{|}~-]+(@[\w.-]+)?$/

/** Bytes, text, or anything that yields them once: a Node stream, a web stream, an async generator. */
export type AttachmentContent = string | Uint8Array | AsyncIterable<string | Uint8Array>

const isContent = (value: unknown) =>
  typeof value === 'string' ||
  value instanceof Uint8Array ||
  (typeof value === 'object' && value !== null && Symbol.asyncIterator in value)

/** Broken into lines or not; Node would skip what it cannot read. */
function isBase64(text: string): boolean {
  const bare = text.replace(/\s+/g, '')
  return bare.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(bare)
}

export const attachment = z
  .strictObject({
    /** As the recipient sees it. Required, except with `path`, whose last part is the default. */
    filename: headerText
      .min(1)
      .max(255)
      .regex(/^[^/\\]*$/, 'expected a name without slashes')
      .optional(),
    /** The bytes. A stream is read once, so a message with a stream can be sent once. */
    content: z
      .custom<AttachmentContent>(isContent, 'expected a string, a Buffer or Uint8Array, or a readable stream')
      .optional(),
    /** How a string `content` stands for bytes. @default 'utf8' */
    encoding: z.enum(['utf8', 'base64']).default('utf8'),
    /** A file to read, under one of the driver's `allowFileRoots`. */
    path: z
      .string()
      .min(1)
      .regex(/^(?![a-z][a-z0-9+.-]+:)[^\0]*$/i, 'expected a file path, never a URL')
      .optional(),
    /** MIME type; guessed from the file name where it is left out. */
    contentType: z
      .string()
      .max(255)
      .regex(CONTENT_TYPE, 'expected a MIME type such as application/pdf, not a multipart one')
      .optional(),
    /** Makes it an inline image that the html shows by `<img src="cid:...">`. */
    contentId: z
      .string()
      .max(128)
      .regex(CONTENT_ID, 'expected letters, digits, dots and hyphens, without angle brackets')
      .optional(),
  })
  .superRefine(({ content, path, filename, encoding }, context) => {
    const report = (at: string, message: string) => {
      context.addIssue({ code: 'custom', path: [at], message })
    }
    if (content === undefined && path === undefined) report('content', 'expected content or path')
    if (content !== undefined && path !== undefined) report('path', 'expected content or path, not both')
    if (encoding === 'base64' && typeof content === 'string' && !isBase64(content))
      report('content', 'expected base64, as encoding says')
    if (content !== undefined && filename === undefined) report('filename', 'is required with content')
  })

export type Attachment = z.output<typeof attachment>
