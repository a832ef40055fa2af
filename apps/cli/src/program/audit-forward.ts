import type { Command } from 'commander'
import type { ForwardRunOptions } from '../commands/audit-forward.js'
import { addCommand } from './define.js'

/** `loki audit forward test`, `status`, `run`. */
export function addAuditForwardCommands(audit: Command): void {
  const summary = 'Send the log to syslog, Splunk, Elasticsearch, CloudWatch or OTLP'
  const forward = audit.command('forward').summary(summary).description(summary).helpCommand(false)

  addCommand(forward, {
    usage: 'test [target]',
    summary: 'Send one test record to each receiver and print its answer',
    details:
      'The record is on no log and says so. Receivers are named by variables: LOKI_AUDIT_SYSLOG_HOST and the like.\nEnds with 1 where a receiver did not take it. Over UDP nobody answers, and the result says that.',
    examples: [
      ['loki audit forward test', 'every receiver that is configured'],
      ['loki audit forward test splunk', 'only this one'],
      ['loki audit forward test --json', 'for a program, one object a line'],
    ],
    load: async () => (await import('../commands/audit-forward.js')).test,
  })

  addCommand(forward, {
    usage: 'status',
    summary: 'Show how far each receiver is, and why one is behind',
    examples: [
      ['loki audit forward status', 'a table'],
      ['loki audit forward status --json', 'for a monitor: lag, cut, refused and failure of each'],
    ],
    load: async () => (await import('../commands/audit-forward.js')).status,
  })

  addCommand<ForwardRunOptions>(forward, {
    usage: 'run',
    summary: 'Forward the log, and go on until interrupted',
    details: 'Each receiver has a cursor of its own: after a pause, a crash or a restart it goes on where it was.',
    examples: [
      ['loki audit forward run', 'as a service'],
      ['loki audit forward run --once', 'what is there now; ends with 1 where a receiver failed'],
    ],
    configure: (command) => {
      command.option('--once', 'send what is in the log now, then end')
    },
    load: async () => (await import('../commands/audit-forward.js')).run,
  })
}
