import type { ForwardTarget, Sink } from '../types.js'
import { CloudWatchSink } from './cloudwatch.js'
import { ElasticsearchSink } from './elasticsearch.js'
import { OtlpSink } from './otlp.js'
import { RelpSink } from './relp.js'
import { SplunkSink } from './splunk.js'
import { StreamSink } from './stream.js'
import { UdpSink } from './udp.js'

export interface SinkOptions {
  readonly fetch: typeof fetch
  readonly now: () => Date
  /** How long to wait for a sign of failure where the receiver answers nothing, in milliseconds. */
  readonly settleMs: number
}

/** Makes the sink of a target; it connects with the first delivery. */
export function openSink(target: ForwardTarget, options: SinkOptions): Sink {
  switch (target.kind) {
    case 'syslog':
      if (target.protocol === 'udp') return new UdpSink(target, options)
      return target.protocol === 'relp' ? new RelpSink(target) : new StreamSink(target, options)
    case 'splunk':
      return new SplunkSink(target, options)
    case 'elasticsearch':
      return new ElasticsearchSink(target, options)
    case 'cloudwatch':
      return new CloudWatchSink(target, options)
    case 'otlp':
      return new OtlpSink(target, options)
  }
}
