verifier = secrets.token_urlsafe(48)
challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
print("Open this in a browser and allow it:", @authorize_url@
      + f"&state={secrets.token_urlsafe(16)}&code_challenge={challenge}")
answered = input("Paste the address that you end at: ")
code = parse_qs(urlsplit(answered).query)["code"][0]
