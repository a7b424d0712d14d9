"""Whom a function takes for AWS: the stand-ins behind TLS, with a certificate that the function has to know.

Usage: tls.py PROGRAM ENVIRONMENT
"""

import datetime
import os
import socket
import ssl
import sys
import tempfile
import threading
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from figures import REQUESTS
from runtime_api import Function, event, read_environment

PEM = serialization.Encoding.PEM
ENDPOINTS = ["AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_KMS"]
UNREADABLE = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"


def authority(folder):
    """A new authority and a server's certificate by it: the file that says whom to trust, and a context for a server."""
    now = datetime.datetime.now(datetime.timezone.utc)
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    names = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]) for name in ("Test authority", "localhost")]

    def certificate(subject, key):
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(names[0]).public_key(key.public_key())
        builder = builder.serial_number(x509.random_serial_number())
        return builder.not_valid_before(now).not_valid_after(now + datetime.timedelta(hours=1))

    root = certificate(names[0], keys[0]).add_extension(x509.BasicConstraints(True, None), critical=True)
    leaf = certificate(names[1], keys[1]).add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
    trusted, own = os.path.join(folder, "trusted.pem"), os.path.join(folder, "own.pem")
    with open(trusted, "wb") as file:
        file.write(root.sign(keys[0], hashes.SHA256()).public_bytes(PEM))
    with open(own, "wb") as file:
        file.write(keys[1].private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        file.write(leaf.sign(keys[0], hashes.SHA256()).public_bytes(PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own)
    return trusted, context


def behind_tls(plain, context):
    """The address of a relay that takes TLS and hands on what was said to a plain address."""
    target = urlsplit(plain)
    listener = socket.create_server(("127.0.0.1", 0))

    def pipe(source, sink):
        try:
            while said := source.recv(65536):
                sink.sendall(said)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            sink.close()

    def serve(raw):
        try:
            taken = context.wrap_socket(raw, server_side=True)
        except OSError:  # whoever asked does not trust us
            return raw.close()
        onward = socket.create_connection((target.hostname, target.port))
        threading.Thread(target=pipe, args=(onward, taken), daemon=True).start()
        pipe(taken, onward)

    def accept():
        while True:
            threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return f"https://localhost:{listener.getsockname()[1]}"


def answers(program, environment):
    """Starts the function and asks it something."""
    method, path, body, headers, status = REQUESTS["token"]
    function = Function(program, environment)
    try:
        function.ready()
        answer, _ = function.invoke(event(method, path, body, headers))
        assert answer["statusCode"] == status, answer
    finally:
        function.end()


def refuses(program, environment):
    """Starts the function, which ends and says why."""
    function = Function(program, environment)
    try:
        assert function.process.wait(timeout=60) != 0
        function.reader.join(timeout=60)
        said = b"".join(function.said).decode()
        assert "invalid peer certificate: UnknownIssuer" in said, said
    finally:
        function.end()


def main():
    program, environment = sys.argv[1], read_environment(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        trusted, context = authority(folder)
        environment.update({name: behind_tls(environment[name], context) for name in ENDPOINTS})
        refuses(program, environment)
        answers(program, {**environment, "SSL_CERT_FILE": trusted})
        # What cannot be read is left out, and the rest counts.
        with open(trusted, encoding="utf-8") as file:
            text = file.read()
        with open(trusted, "w", encoding="utf-8") as file:
            file.write(UNREADABLE + text)
        answers(program, {**environment, "SSL_CERT_FILE": trusted})
    print("trusts whom the system trusts, in a file with one that cannot be read too; refuses everybody else")


main()
