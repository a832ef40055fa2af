// Makes 50 spans and ends in the way it is told: work.mjs <endpoint> <way> [options as JSON]
import { openTelemetry } from '../../dist/index.js'

const [endpoint, way, options = '{}'] = process.argv.slice(2)
const telemetry = openTelemetry({
  endpoint,
  env: {},
  onProblem: ({ kind }) => console.log(`problem ${kind}`),
  ...JSON.parse(options),
})
const project = telemetry.startProjectSpan('p1')
for (let made = 1; made < 50; made += 1) telemetry.startTaskSpan(project, `t${made}`).end()
project.end()
console.log('worked')
process.on('exit', () => console.log(`left ${JSON.stringify(telemetry.counts().traces)}`))

if (way === 'close') {
  await telemetry.close()
  process.exit(3)
}
if (way === 'two')
  openTelemetry({ endpoint, env: {}, ...JSON.parse(options) })
    .startSpan('of another part')
    .end()
if (way === 'listener') process.on('SIGTERM', () => console.log('heard'))
if (way === 'signal' || way === 'two' || way === 'listener') {
  setTimeout(() => undefined, way === 'listener' ? 1500 : 60_000)
  console.log('ready')
}
