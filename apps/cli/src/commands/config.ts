import { readConfiguration } from '@loki/guard'
import type { ConfiguredValue } from '@loki/guard'
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
  /** `environment`, `default`, or the line of a configuration file. */
  readonly source: string
  readonly default: string
  readonly readBy: string
  readonly meaning: string
}

/** `loki config`. */
export function config(call: Call<ConfigOptions>): Promise<ExitName | undefined> {
  const { output, options, projectDir } = call
  const { values } = readConfiguration(projectDir, process.env)
  const settings = variables
    .map((variable) => settingOf(variable, values.get(variable.name)))
    .filter(({ source }) => options.set !== true || source !== 'default')
  if (output.json) {
    output.record({ settings })
    return Promise.resolve(undefined)
  }
  if (settings.length === 0) {
    output.note('Nothing is set; every default holds.')
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

function settingOf(variable: Variable, configured: ConfiguredValue | undefined): Setting {
  const { name, default: fallback, readBy, meaning, secret } = variable
  const value = process.env[name]
  const about = { default: fallback, readBy, meaning }
  if (value === undefined || value.trim() === '') {
    if (configured === undefined) return { name, source: 'default', ...about }
    return { name, value: configured.value, source: `${configured.file}:${configured.line}`, ...about }
  }
  return { name, value: secret === true ? '(set, not shown)' : value, source: 'environment', ...about }
}
