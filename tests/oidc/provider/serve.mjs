// Serves an OpenID Connect provider on loopback: node serve.mjs PORT TENANT. It has keys
// of its own each time. A client gets a JWT for any resource that it names.
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { Provider } from 'oidc-provider';

const [port, tenant] = process.argv.slice(2);
const key = (type, options, alg) => ({
  ...generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg,
});
const algorithms = { 'urn:rsa': 'RS256', 'urn:pss': 'PS256' };

const provider = new Provider(`http://127.0.0.1:${port}`, {
  jwks: {
    keys: [
      key('rsa', { modulusLength: 2048 }, 'RS256'),
      key('rsa', { modulusLength: 2048 }, 'PS256'),
      key('ec', { namedCurve: 'P-256' }, 'ES256'),
    ],
  },
  clients: [{
    client_id: 'caller', client_secret: 'a secret of the caller', grant_types: ['client_credentials'],
    redirect_uris: [], response_types: [], token_endpoint_auth_method: 'client_secret_post',
  }],
  extraTokenClaims: () => ({ tenant }),
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_ctx, resource) => ({
        scope: 'quotes.write quotes.read', audience: resource, accessTokenFormat: 'jwt', accessTokenTTL: 300,
        jwt: { sign: { alg: algorithms[resource] ?? 'ES256' } },
      }),
    },
  },
});
provider.listen(Number(port), '127.0.0.1', () => console.log('ready'));
