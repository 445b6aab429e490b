/** A template with its variables filled in, piece by piece, so that each can be marked. Pure. */

export interface Piece {
  /** As written, or as filled in; of a variable without a value, as written. */
  readonly text: string
  /** Whose value it is. */
  readonly variable?: string
  readonly isFilled: boolean
}

/** Aliyun writes `${code}`, Tencent `{1}`. */
const VARIABLE = /\$\{([^{}]*)\}|\{([^{}]*)\}/g

export function fillTemplate(template: string, params: Readonly<Record<string, string>>): readonly Piece[] {
  const pieces: Piece[] = []
  let done = 0
  for (const match of template.matchAll(VARIABLE)) {
    if (match.index > done) pieces.push({ text: template.slice(done, match.index), isFilled: true })
    pieces.push(variablePiece(match[0], (match[1] ?? match[2] ?? '').trim(), params))
    done = match.index + match[0].length
  }
  if (done < template.length) pieces.push({ text: template.slice(done), isFilled: true })
  return pieces
}

function variablePiece(written: string, variable: string, params: Readonly<Record<string, string>>): Piece {
  const value = Object.hasOwn(params, variable) ? params[variable] : undefined
  return { text: value ?? written, variable, isFilled: value !== undefined }
}
