/** What every push broker must do, wherever it keeps and however it carries. */
import { afterEach, beforeEach, describe } from 'vitest'
import { describeAcknowledgements } from './push-broker/acknowledgements.ts'
import { describeCarrying } from './push-broker/carrying.ts'
import { describeControl } from './push-broker/control.ts'
import { describeHistory } from './push-broker/history.ts'
import { describeHistoryInTime } from './push-broker/history-in-time.ts'
import { describeIds } from './push-broker/ids.ts'
import { describePresence } from './push-broker/presence.ts'
import { describeTexts } from './push-broker/texts.ts'
import { Stage, type BrokersUnderTest, type BrokerTraits } from './push-broker/stage.ts'

export type { BrokersUnderTest, BrokerTraits } from './push-broker/stage.ts'

/** @param open called before each test, for a store in which nothing is kept yet */
export function describePushBroker(
  name: string,
  open: () => BrokersUnderTest | Promise<BrokersUnderTest>,
  traits: BrokerTraits,
): void {
  describe(name, () => {
    const stage = new Stage(traits)
    beforeEach(async () => stage.open(await open()))
    afterEach(() => stage.close())

    describe('publications', () => describeCarrying(stage))
    describe('history', () => describeHistory(stage))
    describe('history, as time passes', () => describeHistoryInTime(stage))
    describe('ids', () => describeIds(stage))
    describe('acknowledgements', () => describeAcknowledgements(stage))
    describe('presence', () => describePresence(stage))
    describe('control messages', () => describeControl(stage))
    describe('kept texts', () => describeTexts(stage))
  })
}
