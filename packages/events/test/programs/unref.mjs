// Subscribes without keeping the program alive: unref.mjs <dir>
import { openEvents } from '../../dist/index.js'

openEvents({ dir: process.argv[2], env: {} }).subscribe({ group: 'unref', unref: true }, () => undefined)
console.log('subscribed')
