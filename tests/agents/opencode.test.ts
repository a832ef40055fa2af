import { opencode } from './stage/hosts.js'
import { reasonToSkipProgram } from './stage/installed.js'
import { describeHost } from './stage/suite.js'

describeHost(opencode, reasonToSkipProgram('opencode'))
