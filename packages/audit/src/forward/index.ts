export { openForwarding } from './open.js'
export { testTarget } from './probe.js'
export { render } from './render/render.js'
export { destinationOf, forwardTargets } from './targets.js'

export type {
  CloudWatchTarget,
  ElasticsearchTarget,
  Format,
  Forwarding,
  ForwardingOptions,
  ForwardRecord,
  ForwardTarget,
  OtlpTarget,
  SplunkTarget,
  SyslogProtocol,
  SyslogTarget,
  TargetKind,
  TargetStatus,
  TestResult,
} from './types.js'
