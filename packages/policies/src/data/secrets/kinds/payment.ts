import { ALNUM, HEX, token, UUID, WORD, type SecretKind } from '../kind.js'

/** Money: payments, shops, billing, shipping. */
export const paymentKinds = (): readonly SecretKind[] => [
  token('stripe_key', ['sk_live_', 'sk_test_', 'sk_prod_', 'sk_org_live_'], `${ALNUM}{15,250}`),
  token('stripe_restricted_key', ['rk_live_', 'rk_test_', 'rk_prod_'], `${ALNUM}{15,250}`),
  token('stripe_webhook_secret', 'whsec_', '[A-Za-z0-9+/=]{24,64}'),
  token('paypal_braintree_token', 'access_token$', `(?:production|sandbox)\\$[0-9a-z]{16}\\$${HEX}{32}`),
  token('square_token', ['sq0atp-', 'sq0atb-'], `${WORD}{22}`),
  token('square_oauth_secret', ['sq0csp-', 'sq0csb-'], `${WORD}{43}`),
  token('square_access_token', 'EAAA', `${WORD}{60}`),
  token('shopify_token', ['shpat_', 'shpca_', 'shpua_'], `${ALNUM}{32,64}`, { entropy: 2.8 }),
  token('shopify_private_app_token', ['shppa_', 'shptka_'], `${ALNUM}{32,64}`, { entropy: 2.8 }),
  token('shopify_app_secret', 'shpss_', `${ALNUM}{32,64}`, { entropy: 2.8 }),
  token('plaid_token', 'access-', `(?:sandbox|development|production)-${UUID}`),
  token('flutterwave_key', ['FLWSECK-', 'FLWSECK_TEST-'], '[a-zA-Z0-9]{32,48}(?:-X)?'),
  token('razorpay_key', ['rzp_live_', 'rzp_test_'], `${ALNUM}{14}`),
  token('mollie_key', ['live_', 'test_'], `${ALNUM}{30}`, { entropy: 3.8, holds: hasDigit }),
  token('gocardless_token', ['live_', 'sandbox_'], '[A-Za-z0-9_=-]{40}', {
    entropy: 3.8,
    // Twitch's stream keys begin so.
    holds: (value) => hasDigit(value) && !/^live_\d{8,10}_/.test(value),
  }),
  token('paddle_key', 'pdl_', '(?:live|sdbx)_apikey_[a-z0-9]{26}_[A-Za-z0-9]{22}_[A-Za-z0-9]{3}'),
  token('adyen_key', 'AQE', `[a-zA-Z0-9]{5,12}[A-Za-z0-9+/*^=._-]{60,200}`, { entropy: 4 }),
  token('easypost_key', ['EZAK', 'EZTK'], `${ALNUM}{54}`),
  token('shippo_token', 'shippo_', `(?:live|test)_[0-9a-fA-F]{40}`),
  token('lob_key', ['live_', 'test_'], `${HEX}{35}`),
  token('duffel_token', 'duffel_', `(?:live|test)_${WORD}{43}`),
  token('xendit_key', 'xnd_', `(?:production|development)_${ALNUM}{40,80}`),
  token('polar_token', ['polar_pat_', 'polar_oat_', 'polar_ci_'], `${ALNUM}{36,50}`),
  token('checkout_com_key', ['sk_sbox_', 'sk_'], '[a-z0-9]{26}[a-z0-9*#$=]', { entropy: 3.8, holds: hasDigit }),
  token('coinbase_key', 'organizations/', `${UUID}/apiKeys/${UUID}`),
  token('flexport_token', 'shltm_', `${WORD}{40}`),
]

function hasDigit(value: string): boolean {
  return (value.match(/\d/g)?.length ?? 0) >= 3
}
