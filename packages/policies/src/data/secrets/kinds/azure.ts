import { ALNUM, BASE64, field, marked, type SecretKind } from '../kind.js'

/**
 * Microsoft's services. Keys of 2022 and later carry a signature of the service in their middle, which Microsoft
 * publishes so that they can be found.
 */
export const azureKinds = (): readonly SecretKind[] => [
  field('azure_storage_key', 'AccountKey=', `${BASE64}{86}==`),
  field('azure_storage_key', 'account_key=', `${BASE64}{86}==`),
  field('azure_shared_access_key', 'SharedAccessKey=', `${BASE64}{43}=`),
  field('azure_shared_access_signature', 'sig=', '[A-Za-z0-9%+/]{40,80}(?:%3D|=)', { entropy: 4 }),
  field('azure_app_configuration_secret', ';Secret=', `${BASE64}{43}=|${ALNUM}{80,100}`),
  marked('azure_client_secret', 'Q~', {
    lead: '[A-Za-z0-9_~.-]{3}[0-9]',
    chars: '[A-Za-z0-9_~.-]',
    most: 4,
    rest: '[A-Za-z0-9_~.-]{31,34}(?![A-Za-z0-9_~.-])',
    entropy: 3.5,
  }),
  marked('azure_devops_token', 'AZDO', {
    lead: '[A-Za-z0-9]{76}',
    most: 76,
    rest: `${ALNUM}{4}`,
    holds: (value) => value.includes('JQQJ9'),
  }),
  marked('azure_ai_key', 'JQQJ9', {
    lead: '[A-Za-z0-9]{52}',
    most: 52,
    rest: `${ALNUM}{27}`,
    holds: (value) => !value.includes('AZDO'),
  }),
  signed('azure_storage_key', '+ASt', 76),
  signed('azure_batch_key', '+ABa', 76),
  signed('azure_cosmos_key', 'ACDb', 76),
  signed('azure_api_management_key', 'APIM', 76),
  signed('azure_service_bus_key', '+ASb', 33),
  signed('azure_event_hub_key', '+AEh', 33),
  signed('azure_relay_key', '+ARm', 33),
  signed('azure_iot_key', 'AIoT', 33),
  signed('azure_cache_key', 'AzCa', 33),
  signed('azure_container_registry_key', '+ACR', 42),
  signed('azure_search_key', 'AzSe', 42),
  signed('azure_function_key', 'AzFu', 44),
]

function signed(kind: string, signature: string, lead: number): SecretKind {
  return marked(kind, signature, {
    lead: `[A-Za-z0-9+/_-]{${lead}}`,
    chars: '[A-Za-z0-9+/_-]',
    most: lead,
    rest: '[A-Za-z0-9+/_-]{5,7}={0,2}(?!=)',
    entropy: 3.5,
  })
}
