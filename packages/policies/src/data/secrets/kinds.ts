import type { SecretKind } from './kind.js'
import { aiKinds } from './kinds/ai.js'
import { azureKinds } from './kinds/azure.js'
import { businessKinds } from './kinds/business.js'
import { ciKinds } from './kinds/ci.js'
import { cloudKinds } from './kinds/cloud.js'
import { codeHostingKinds, registryKinds } from './kinds/code.js'
import { databaseKinds } from './kinds/database.js'
import { keyKinds } from './kinds/keys.js'
import { messagingKinds } from './kinds/messaging.js'
import { monitoringKinds } from './kinds/monitoring.js'
import { paymentKinds } from './kinds/payment.js'

/**
 * Every kind of secret that its shape gives away. Made when it is asked for: so many patterns are not for an import to make.
 */
export const secretKinds = (): readonly SecretKind[] => [
  ...aiKinds(),
  ...cloudKinds(),
  ...azureKinds(),
  ...codeHostingKinds(),
  ...registryKinds(),
  ...ciKinds(),
  ...paymentKinds(),
  ...messagingKinds(),
  ...monitoringKinds(),
  ...businessKinds(),
  ...databaseKinds(),
  ...keyKinds(),
]
