/** Lets providers fail on purpose: arm a failure, see what is armed, and whom to write to for one. */
import { useEffect, useState } from 'preact/hooks'
import type { FaultList, FaultMenu } from '../../../sandbox/api.ts'
import { readFaults } from '../../state/api-client.ts'
import { useApp } from '../../state/app-context.ts'
import { ArmForm } from './arm-form.tsx'
import { ArmedList } from './armed-list.tsx'
import { Recipients } from './recipients.tsx'

export function Failures({ preset }: { readonly preset: string | undefined }) {
  const { t } = useApp()
  const list = useFaults()
  const [chosen, setChosen] = useState(preset)
  const providers = list?.providers ?? []
  const menu = providers.find(({ provider }) => provider === chosen) ?? providers[0]
  return (
    <div class="failures">
      <p class="lead">{t.failures.intro}</p>
      <ArmedList />
      {menu && <ProviderChoice providers={providers} menu={menu} onChoose={setChosen} />}
      {menu && <ArmForm key={menu.provider} menu={menu} />}
      {menu && <Recipients menu={menu} />}
    </div>
  )
}

interface ProviderChoiceProps {
  readonly providers: readonly FaultMenu[]
  readonly menu: FaultMenu
  readonly onChoose: (provider: string) => void
}

function ProviderChoice({ providers, menu, onChoose }: ProviderChoiceProps) {
  const { t } = useApp()
  return (
    <label class="field">
      <span>{t.failures.provider}</span>
      <select value={menu.provider} onChange={(event) => onChoose(event.currentTarget.value)}>
        {providers.map(({ provider, channel }) => (
          <option key={provider} value={provider}>
            {provider} ({t.channels[channel]})
          </option>
        ))}
      </select>
    </label>
  )
}

function useFaults(): FaultList | undefined {
  const { t, say } = useApp()
  const [list, setList] = useState<FaultList>()
  useEffect(() => {
    readFaults().then(setList, (error: unknown) => say(t.wentWrong(String(error))))
  }, [])
  return list
}
