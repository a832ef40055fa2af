export { readConfiguration } from '@loki/guard'
