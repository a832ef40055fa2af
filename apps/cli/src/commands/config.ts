import type { ExitName } from '../exit.js'
import { table } from '../output.js'
import type { Call } from '../program/define.js'
import { variables } from '../variables.js'
import type { Variable } from '../variables.js'

export interface ConfigOptions {
  readonly set?: boolean
}

/** A variable as it stands now. */
interface Setting {
  readonly name: string
  /** Absent where it is unset; `(set, not shown)` for a secret. */
  readonly value?: string
  readonly source: 'environment' | 'default'
  readonly default: string
  readonly readBy: string
  readonly meaning: string
}

/** `loki config`. */
export function config(call: Call<ConfigOptions>): Promise<ExitName | undefined> {
  const { output, options } = call
  const settings = variables.map(settingOf).filter(({ source }) => options.set !== true || source === 'environment')
  if (output.json) {
    output.record({ settings })
    return Promise.resolve(undefined)
  }
  if (settings.length === 0) {
    output.note('No variable of Loki is set; every default holds.')
    return Promise.resolve(undefined)
  }
  const { color } = output
  output.data(
    table(output, settings, [
      { title: 'VARIABLE', value: ({ name }) => name },
      {
        title: 'FROM',
        value: ({ source }) => source,
        paint: (text, { source }) => (source === 'default' ? color.dim(text) : text),
      },
      {
        title: 'VALUE',
        value: (setting) => setting.value ?? (setting.default === '' ? '-' : setting.default.replaceAll('`', '')),
        paint: (text, { source }) => (source === 'default' ? color.dim(text) : color.cyan(text)),
      },
    ]),
  )
  return Promise.resolve(undefined)
}

function settingOf({ name, default: fallback, readBy, meaning, secret }: Variable): Setting {
  const value = process.env[name]
  const about = { default: fallback, readBy, meaning }
  if (value === undefined || value.trim() === '') return { name, source: 'default', ...about }
  return { name, value: secret === true ? '(set, not shown)' : value, source: 'environment', ...about }
}
