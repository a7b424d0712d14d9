# pip install authlib requests@export@
@imports@from authlib.integrations.requests_client import OAuth2Session
import secrets

session = OAuth2Session(
    @client_id@, @proof@,
    redirect_uri=@redirect_uri@,
    scope=@scope@,
    code_challenge_method="S256",
)
verifier = secrets.token_urlsafe(48)
url, state = session.create_authorization_url(
    @authorization_endpoint@, code_verifier=verifier, aud=@fhir_base_url@
)
print("Open this in a browser and allow it:", url)
answered = input("Paste the address that you end at: ")
token = session.fetch_token(
    @token_endpoint@, authorization_response=answered, code_verifier=verifier
)
print(token)
