import type { Command } from 'commander'
import { addCommand } from './define.js'

/** `loki audit anchor`, `anchor list`. */
export function addAuditAnchorCommands(audit: Command): void {
  const summary = 'Keep checkpoints where whoever writes the log cannot take them back'
  const anchor = audit.command('anchor').summary(summary).description(summary).helpCommand(false)

  addCommand(anchor, {
    usage: 'now',
    summary: 'Anchor the latest checkpoint with every anchor that is configured; the word now may be left out',
    details:
      'Anchors are named by variables: LOKI_AUDIT_ANCHOR_WITNESS_URL, _POLICY, _TSA_URL, _GIT and _FILE. Receipts go to the folder anchors of the log.\nEnds with 1 where an anchor failed, and with 7 where one holds another history than this log: it was cut, put back or rewritten.',
    examples: [
      ['loki audit anchor', 'every anchor'],
      ['loki audit anchor --json', 'for a program, one object for each anchor'],
    ],
    isDefault: true,
    load: async () => (await import('../commands/audit-anchor.js')).anchorNow,
  })

  addCommand(anchor, {
    usage: 'list',
    summary: 'Show the receipts: what is anchored, where and since when',
    details:
      'Anchors whose last attempt failed are told on standard error. Ends with 1 where one failed, and with 7 where one holds another history than this log.',
    examples: [
      ['loki audit anchor list', 'a table'],
      ['loki audit anchor list --json', 'one receipt a line, with the checkpoint'],
    ],
    load: async () => (await import('../commands/audit-anchor.js')).list,
  })
}
