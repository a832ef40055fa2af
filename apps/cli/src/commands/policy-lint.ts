import { openPolicies } from '@loki/policies'
import { existingFile } from '../context.js'
import type { ExitName } from '../exit.js'
import { countOf } from '../format.js'
import type { Call } from '../program/define.js'
import { plain } from '../text.js'
import { describeProblems } from './policy.js'

export interface PolicyLintOptions {
  readonly strict?: boolean
}

/** `loki policy lint`: ends with 1 where there are problems, or with `--strict` remarks. */
export function lint(call: Call<PolicyLintOptions>): Promise<ExitName | undefined> {
  const { output, args, options, projectDir } = call
  const file = args[0] === undefined ? undefined : existingFile(args[0])
  const policies = openPolicies({ projectDir, enabled: true, ...(file === undefined ? {} : { file }) })
  const { problems, warnings } = policies
  if (output.json) output.record({ problems, warnings, rules: policies.describe().length })
  else {
    if (problems.length > 0) output.data(describeProblems(problems))
    for (const { file: path, line, column, message, code } of warnings) {
      output.data(`${plain(`${path}:${line}:${column}`)}  ${plain(message)} ${output.color.dim(`(${code})`)}`)
    }
    output.note(`${countOf(problems.length, 'problem')}, ${countOf(warnings.length, 'remark')}.`)
  }
  const failed = problems.length > 0 || (options.strict === true && warnings.length > 0)
  return Promise.resolve(failed ? 'failed' : 'done')
}
