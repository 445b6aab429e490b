/** Chooses a failure of one provider, and how often it strikes. */
import { useState } from 'preact/hooks'
import type { FaultMenu } from '../../../sandbox/api.ts'
import { Button } from '../../parts/buttons.tsx'
import { armFault } from '../../state/api-client.ts'
import { useApp } from '../../state/app-context.ts'
import { choicesOf, matching, type FailureChoice } from './choices.ts'

export function ArmForm({ menu }: { readonly menu: FaultMenu }) {
  const { t, say } = useApp()
  const all = choicesOf(menu, t.failures.faults)
  const [search, setSearch] = useState('')
  const [chosen, setChosen] = useState(all[0]?.name)
  const [times, setTimes] = useState(1)
  const choice = all.find(({ name }) => name === chosen)
  const arm = async (request: FailureChoice['request']) => {
    try {
      await armFault({ provider: menu.provider, ...request, times })
      say(t.failures.done(`${menu.provider}, ${request.fault ?? request.refusal}`))
    } catch (error) {
      say(t.wentWrong(error instanceof Error ? error.message : ''))
    }
  }
  return (
    <form class="arm" onSubmit={(event) => event.preventDefault()}>
      <label class="field">
        <span>{t.failures.search}</span>
        <input type="search" value={search} onInput={(event) => setSearch(event.currentTarget.value)} />
      </label>
      <Choices choices={matching(all, search)} chosen={chosen} onChoose={setChosen} />
      <div class="arm-foot">
        <Times times={times} onChange={setTimes} />
        <Button kind="primary" icon="bolt" onClick={() => choice && void arm(choice.request)}>
          {t.failures.arm}
        </Button>
      </div>
    </form>
  )
}

function Times({ times, onChange }: { readonly times: number; readonly onChange: (times: number) => void }) {
  const { t } = useApp()
  const read = (value: number) => onChange(Number.isInteger(value) && value > 0 ? value : 1)
  return (
    <label class="field times">
      <span>{t.failures.times}</span>
      <input
        type="number"
        min="1"
        max="1000"
        value={times}
        onChange={(event) => read(event.currentTarget.valueAsNumber)}
      />
    </label>
  )
}

interface ChoicesProps {
  readonly choices: readonly FailureChoice[]
  readonly chosen: string | undefined
  readonly onChoose: (name: string) => void
}

function Choices({ choices, chosen, onChoose }: ChoicesProps) {
  const { t } = useApp()
  return (
    <fieldset class="choices">
      <legend>{t.failures.kinds}</legend>
      {choices.length === 0 && <p class="quiet">{t.failures.noMatch}</p>}
      <div class="choices-list">
        {choices.map(({ name, title, meaning, code }) => (
          <label key={name} class="choice">
            <input type="radio" name="failure" checked={name === chosen} onChange={() => onChoose(name)} />
            <span class="choice-text">
              <strong>{title}</strong>
              <span>{meaning}</span>
            </span>
            {code && <code>{code}</code>}
          </label>
        ))}
      </div>
    </fieldset>
  )
}
