// npm install openid-client. private.jwk is your private key as a JWK, ES384, with its kid.
@imports@import * as client from "openid-client";

const config = await client.discovery(new URL(@issuer@), @client_id@, undefined,
  @proof@@insecure@);
console.log(await client.clientCredentialsGrant(config, { scope: @scope@ }));
