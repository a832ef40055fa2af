import { findProviders } from '@loki/runner'
import type { ExitName } from '../exit.js'
import { table } from '../output.js'
import type { Call } from '../program/define.js'

/** `loki providers`. */
export async function providers(call: Call<unknown>): Promise<ExitName | undefined> {
  const { output } = call
  const found = await findProviders(process.env)
  if (output.json) {
    output.record({ providers: found })
    return undefined
  }
  output.data(
    table(output, found, [
      { title: 'PROVIDER', value: ({ name }) => name },
      {
        title: 'FOUND',
        value: ({ path, available }) => path ?? (available ? 'always there' : 'not installed'),
        paint: (text, { path }) => (path === undefined ? output.color.dim(text) : text),
      },
    ]),
  )
  return undefined
}
