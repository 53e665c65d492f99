/** A module whose task takes whatever name it is told. */
import { task } from 'taskalope'

export const declareSend = (name: string): unknown => task(name, async function send() {})
