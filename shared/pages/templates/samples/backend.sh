# bash with curl, openssl and perl. private.pem is your private key, ES384; export KID first.@assertion@
curl -sS @token_endpoint@ \
  -d grant_type=client_credentials --data-urlencode scope=@scope@ \
  @proof@
