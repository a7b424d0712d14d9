"""Another emulator of AWS, with CloudFormation, S3 and IAM, for as long as a suite runs."""

import contextlib
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

import boto3
from botocore.config import Config
from transformed import PSEUDO

# Its CloudFormation refuses alarms over an expression, and what it cannot make fails the whole stack.
CANNOT = "alarms over an expression (metric math)"


# No proxy is asked for what is on this machine.
direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def without_what_it_cannot(template):
    """A template without the resources that the emulator refuses, and their names."""
    refused = sorted(
        name
        for name, one in template["Resources"].items()
        if one["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in one["Properties"]
    )
    for name in refused:
        del template["Resources"][name]
    return refused


def client(url, service):
    return boto3.client(
        service,
        endpoint_url=url,
        region_name=PSEUDO["AWS::Region"],
        aws_access_key_id=PSEUDO["AWS::AccountId"],
        aws_secret_access_key="none",
        config=Config(proxies={}, retries={"max_attempts": 1}),
    )


@contextlib.contextmanager
def emulator(log):
    """The URL at which ministack answers, on loopback alone and with its other doors shut."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    only_here = {"BIND_HOST": "127.0.0.1", "IOT_MTLS_ENABLED": "0", "SFTP_ENABLED": "0", "GATEWAY_PORT": str(port)}
    with open(log, "wb") as out, subprocess.Popen(
        ["ministack"], stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=os.environ | only_here, start_new_session=True
    ) as running:
        try:
            wait_for(f"http://127.0.0.1:{port}", running)
            yield f"http://127.0.0.1:{port}"
        finally:
            os.killpg(running.pid, signal.SIGKILL)


def wait_for(url, running):
    for _ in range(300):
        if running.poll() is not None:
            raise SystemExit("ministack ended before it was ready")
        try:
            direct.open(f"{url}/health", timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise SystemExit("ministack was not ready after a minute")
