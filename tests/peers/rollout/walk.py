"""Old and new functions side by side on the same tables: each step uses both versions, and then the other way round.

Usage: walk.py DEV_JSON ENVIRONMENT, where ENVIRONMENT names the tables and says where DynamoDB is
"""

import sys

import authorization
import boto3
import registration
import stored
import tokens
from runtime_api import read_environment
from sides import Stack, finish, walk


def main():
    stack, environment = Stack(sys.argv[1]), read_environment(sys.argv[2])
    stack.tables = {name: table for name, table in environment.items() if name.endswith("_TABLE")}
    stack.dynamodb = boto3.client(
        "dynamodb",
        endpoint_url=environment["AWS_ENDPOINT_URL_DYNAMODB"],
        region_name=environment["AWS_REGION"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )
    finish(walk(stack, (registration, authorization, tokens, stored)))


main()
