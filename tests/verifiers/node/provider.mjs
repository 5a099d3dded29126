// A platform's OpenID provider for tests: the npm package oidc-provider, with one client and whoever types a name.
// node provider.mjs PORT REDIRECT_URI SECRET; it says "ready" when it listens.
import { Provider } from "oidc-provider";

const [port, redirect, secret] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const provider = new Provider(issuer, {
  clients: [{
    client_id: "demur",
    client_secret: secret,
    redirect_uris: [redirect],
    response_types: ["code"],
    grant_types: ["authorization_code"],
    token_endpoint_auth_method: "client_secret_basic",
  }],
  pkce: { required: () => true },
  claims: { openid: ["sub", "linked"] },
  conformIdTokenClaims: false, // as many platforms do: claims of the scope stand in the ID token
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, linked: [`${id}-two`], name: "Fern" }) }),
  features: { devInteractions: { enabled: true } },
});
provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));
