import { copilot } from './stage/hosts.js'
import { reasonToSkipProgram } from './stage/installed.js'
import { describeHost } from './stage/suite.js'

describeHost(copilot, reasonToSkipProgram('copilot'))
