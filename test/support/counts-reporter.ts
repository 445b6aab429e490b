/** Closes the run with one plain line of counts, for whatever reads the log. */
import type { Reporter, TestModule } from 'vitest/node'

export default class CountsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[] = []): void {
    const states = modules.flatMap((module) =>
      [...module.children.allTests()].map((test) => test.result().state),
    )
    const count = (state: string) => states.filter((one) => one === state).length
    // A hook that fails is told by what it stands in.
    const broken = modules.flatMap((module) => [module, ...module.children.allSuites()])
    const errors = broken.filter((part) => part.errors().length > 0).length + unhandled.length
    console.log(
      `\n${count('passed')} passed, ${count('failed') + errors} failed, ${count('skipped')} skipped`,
    )
  }
}
