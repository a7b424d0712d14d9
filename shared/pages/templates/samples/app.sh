# bash with curl and openssl.@export@
verifier=$(openssl rand -base64 60 | tr -d '=\n' | tr '/+' '_-' | cut -c 1-64)
challenge=$(printf %s "$verifier" | openssl dgst -sha256 -binary | base64 | tr -d '=\n' | tr '/+' '_-')
echo "Open this in a browser, allow it, and copy the code from the address that you end at:"
echo @authorize_url@"&state=$(openssl rand -hex 16)&code_challenge=$challenge"
read -r -p "code: " code@assertion@
curl -sS @token_endpoint@ \
  -d grant_type=authorization_code --data-urlencode "code=$code" \
  --data-urlencode redirect_uri=@redirect_uri@ --data-urlencode "code_verifier=$verifier" \
  @proof@
