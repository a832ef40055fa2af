import { openAudit } from '@loki/audit'
import type { AuditLog, AuditOptions } from '@loki/audit'
import { auditFolder } from './context.js'

/** The log of a project, signed wherever its key would not lie inside the project. */
export function openProjectLog(projectDir: string, options: AuditOptions = {}): AuditLog {
  return openAudit({ dir: auditFolder(projectDir), enabled: true, checkpoints: 'auto', ...options })
}
