import { isAbsolute } from 'node:path'
import type { Argument, PathAccess, PathUse } from './analysis.js'
import type { ShellState } from './state.js'

/** What makes a path use of one operand. */
export interface PathOperand {
  readonly argument: Argument
  readonly state: ShellState
  readonly access: PathAccess
  readonly program: string
  readonly recursive?: boolean
  readonly filtered?: boolean
}

/** One operand as a path: absolute for each folder the shell may be in. */
export function pathUse(operand: PathOperand): PathUse {
  const { argument, state } = operand
  const { cwds, remote } = state
  const absolute = isAbsolute(argument.text)
  const paths = absolute ? [argument.text] : (cwds?.map((cwd) => `${cwd}/${argument.text}`) ?? [])
  return {
    text: argument.text,
    paths: argument.known ? paths : [],
    known: argument.known && paths.length > 0,
    glob: argument.glob,
    access: operand.access,
    recursive: operand.recursive ?? false,
    filtered: operand.filtered ?? false,
    program: operand.program,
    remote,
  }
}
