import { runGateCommand } from './command.js'
import type { Gate } from './gate.js'

/** A gate of one's own. */
export interface CustomGate {
  /** What follows `GATE_CUSTOM_`, in lower case with `-`: `LICENCE_CHECK` is `licence-check`. */
  readonly name: string
  readonly command: string
}

/** A command with a contract: exit code 0 passed, 1 failed; anything else says that it could not look, which is a failure too. */
export function customGate({ name, command }: CustomGate): Gate {
  const subject = `the checks of ${name}`
  const failureOf = (exitCode: number | null): string | undefined => {
    if (exitCode === 1) return `${subject} failed`
    return exitCode === null ? undefined : `${subject} could not be run: exit code ${exitCode}, expected 0 or 1`
  }
  return {
    name,
    required: true,
    run: (context) => runGateCommand({ tool: name, subject, command, failureOf }, context),
  }
}
