/** What was said on one connection of the fake, as lines of a dialogue; passwords are left out. */

const LONGEST = 1_000

export class FakeTranscript {
  /** Greeting, TLS and login. */
  readonly #opening: string[] = []
  #lines: string[] = this.#opening

  heard(command: string, verb: string | undefined): void {
    if (verb === 'MAIL') this.#lines = []
    // A line without a verb goes on with a login.
    const shown = verb === undefined ? '***' : command.replace(/^(AUTH\s+\S+)\s.*/is, '$1 ***')
    this.#add(`C: ${shown}`)
  }

  answered(code: number, data: unknown): void {
    // What a login is asked for, and the data it is answered with.
    const lines = code === 334 ? ['***'] : [data].flat().map(String)
    lines.forEach((line, at) => this.#add(`S: ${code}${at < lines.length - 1 ? '-' : ' '}${line}`))
  }

  /** The opening, and what was said since the last MAIL. */
  text(): string {
    return [...new Set([this.#opening, this.#lines])].flat().join('\n')
  }

  #add(line: string): void {
    this.#lines.push(line.slice(0, LONGEST))
    if (this.#lines.length > LONGEST) this.#lines.splice(0, 1)
  }
}
